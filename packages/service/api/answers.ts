import type { OperationName } from '@keyward/contract';
import type { Answer, ApiDependencies } from './answer.ts';
import { advisoryImport } from './advisory-import.ts';
import { advisoryList } from './advisory-list.ts';
import { advisoryShow } from './advisory-show.ts';
import { agilityBack, agilityPause, agilityResume, agilityShow, agilityStart } from './agility.ts';
import { alertsTest } from './alerts-test.ts';
import { auditList } from './audit-list.ts';
import { authorityActivate } from './authority-activate.ts';
import { authorityList } from './authority-list.ts';
import { authorityRetire } from './authority-retire.ts';
import { authorityRoll } from './authority-roll.ts';
import { backupRehearse } from './backup-rehearse.ts';
import { bomImport } from './bom-import.ts';
import { bomList } from './bom-list.ts';
import { commandList } from './command-list.ts';
import { commandSend } from './command-send.ts';
import { deviceContain } from './device-contain.ts';
import { deviceErase } from './device-erase.ts';
import { deviceAdopt } from './device-adopt.ts';
import { deviceExpect } from './device-expect.ts';
import { deviceList } from './device-list.ts';
import { deviceQuarantine } from './device-quarantine.ts';
import { deviceRelease } from './device-release.ts';
import { deviceReport } from './device-report.ts';
import { deviceRetire } from './device-retire.ts';
import { deviceShow } from './device-show.ts';
import { deviceTransfer } from './device-transfer.ts';
import { disclosureAnswered } from './disclosure-answered.ts';
import { disclosureShow } from './disclosure-show.ts';
import { grantAdd } from './grant-add.ts';
import { grantEnd } from './grant-end.ts';
import { grantList } from './grant-list.ts';
import { incidentClose } from './incident-close.ts';
import { incidentList } from './incident-list.ts';
import { incidentShow } from './incident-show.ts';
import { keyAsked } from './key-asked.ts';
import { keyRegister } from './key-register.ts';
import { keyList } from './key-list.ts';
import { ledgerForked } from './ledger-forked.ts';
import { ledgerGrown } from './ledger-grown.ts';
import { ledgerProve } from './ledger-prove.ts';
import { ledgerVerify } from './ledger-verify.ts';
import { ledgerWitnessed } from './ledger-witnessed.ts';
import { bootReferenceAdd } from './boot-reference-add.ts';
import { bootReferenceList } from './boot-reference-list.ts';
import { manifestImport } from './manifest-import.ts';
import { manifestList } from './manifest-list.ts';
import { ownerFile } from './owner-file.ts';
import { releaseList } from './release-list.ts';
import { releasePublish } from './release-publish.ts';
import { ownerFiles, ownerPublish, ownerShow } from './owner.ts';
import { approvalDecide, approvalList, approvalOverride } from './approvals.ts';
import { personInvite, personLink, personList, personRemove, personRole } from './people.ts';
import { sessionEnd, sessionList, sessionSelf } from './person-sessions.ts';
import { policyApply } from './policy-apply.ts';
import { policyCompare } from './policy-compare.ts';
import { policyList } from './policy-list.ts';
import { posture, postureChain, posturePaths, postureChangesSince, postureComponents } from './posture.ts';
import { principalRevoke } from './principal-revoke.ts';
import { readerExpect } from './reader-expect.ts';
import { readerList } from './reader-list.ts';
import { readingsRead } from './readings-read.ts';
import { refusalsList } from './refusals-list.ts';
import {
	rolloutList,
	rolloutPause,
	rolloutResume,
	rolloutShow,
	rolloutStart,
	rolloutStop,
	updateAssignment,
} from './rollouts.ts';
import { siteHealth } from './site-health.ts';
import { siteStatus } from './site-status.ts';
import { streamsArrivals } from './streams-arrivals.ts';
import { streamsList } from './streams-list.ts';
import { trustShow } from './trust-show.ts';

/** The answer of every operation; one that has none does not compile. */
export type Answers = { readonly [Name in OperationName]: Answer<Name> };

export const answersOf = (dependencies: ApiDependencies): Answers => ({
	'site.status': siteStatus(dependencies),
	'site.health': siteHealth(dependencies),
	'alerts.test': alertsTest(dependencies),
	'backup.rehearse': backupRehearse(dependencies),
	'advisory.import': advisoryImport(dependencies),
	'advisory.list': advisoryList(dependencies),
	'advisory.show': advisoryShow(dependencies),
	'bom.import': bomImport(dependencies),
	'bom.list': bomList(dependencies),
	'disclosure.answered': disclosureAnswered(dependencies),
	'disclosure.show': disclosureShow(dependencies),
	'policy.apply': policyApply(dependencies),
	'policy.compare': policyCompare(dependencies),
	'policy.list': policyList(dependencies),
	'device.adopt': deviceAdopt(dependencies),
	'device.expect': deviceExpect(dependencies),
	'boot-reference.add': bootReferenceAdd(dependencies),
	'boot-reference.list': bootReferenceList(dependencies),
	'manifest.import': manifestImport(dependencies),
	'manifest.list': manifestList(dependencies),
	'device.list': deviceList(dependencies),
	'device.show': deviceShow(dependencies),
	'reader.expect': readerExpect(dependencies),
	'reader.list': readerList(dependencies),
	'principal.revoke': principalRevoke(dependencies),
	'device.quarantine': deviceQuarantine(dependencies),
	'device.release': deviceRelease(dependencies),
	'device.transfer': deviceTransfer(dependencies),
	'device.erase': deviceErase(dependencies),
	'device.retire': deviceRetire(dependencies),
	'device.report': deviceReport(dependencies),
	'device.contain': deviceContain(dependencies),
	'incident.list': incidentList(dependencies),
	'incident.show': incidentShow(dependencies),
	'incident.close': incidentClose(dependencies),
	'key.asked': keyAsked(dependencies),
	'key.register': keyRegister(dependencies),
	'grant.add': grantAdd(dependencies),
	'grant.list': grantList(dependencies),
	'grant.end': grantEnd(dependencies),
	'command.send': commandSend(dependencies),
	'command.list': commandList(dependencies),
	'authority.list': authorityList(dependencies),
	'authority.roll': authorityRoll(dependencies),
	'authority.activate': authorityActivate(dependencies),
	'authority.retire': authorityRetire(dependencies),
	'key.list': keyList(dependencies),
	'owner.show': ownerShow(dependencies),
	'owner.files': ownerFiles(dependencies),
	'owner.publish': ownerPublish(dependencies),
	'owner.file': ownerFile(dependencies),
	'rollout.start': rolloutStart(dependencies),
	'rollout.pause': rolloutPause(dependencies),
	'rollout.resume': rolloutResume(dependencies),
	'rollout.stop': rolloutStop(dependencies),
	'rollout.list': rolloutList(dependencies),
	'rollout.show': rolloutShow(dependencies),
	'update.assignment': updateAssignment(dependencies),
	'release.list': releaseList(dependencies),
	'release.publish': releasePublish(dependencies),
	'person.invite': personInvite(dependencies),
	'person.link': personLink(dependencies),
	'person.list': personList(dependencies),
	'person.remove': personRemove(dependencies),
	'person.role': personRole(dependencies),
	'session.list': sessionList(dependencies),
	'session.end': sessionEnd(dependencies),
	'session.self': sessionSelf(dependencies),
	'approval.list': approvalList(dependencies),
	'approval.decide': approvalDecide(dependencies),
	'approval.override': approvalOverride(dependencies),
	'agility.start': agilityStart(dependencies),
	'agility.pause': agilityPause(dependencies),
	'agility.resume': agilityResume(dependencies),
	'agility.back': agilityBack(dependencies),
	'agility.show': agilityShow(dependencies),
	'audit.list': auditList(dependencies),
	'refusals.list': refusalsList(dependencies),
	posture: posture(dependencies),
	'posture.chain': postureChain(dependencies),
	'posture.paths': posturePaths(dependencies),
	'posture.components': postureComponents(dependencies),
	'posture.changes': postureChangesSince(dependencies),
	'trust.show': trustShow(dependencies),
	'ledger.forked': ledgerForked(dependencies),
	'ledger.grown': ledgerGrown(dependencies),
	'ledger.prove': ledgerProve(dependencies),
	'ledger.verify': ledgerVerify(dependencies),
	'ledger.witnessed': ledgerWitnessed(dependencies),
	'streams.list': streamsList(dependencies),
	'streams.arrivals': streamsArrivals(dependencies),
	'readings.read': readingsRead(dependencies),
});
