import type { Static } from 'typebox';
import { advisoryImport } from './advisory-import.ts';
import { advisoryList } from './advisory-list.ts';
import { advisoryShow } from './advisory-show.ts';
import { agilityShow } from './agility-show.ts';
import { agilityBack } from './agility-back.ts';
import { agilityPause } from './agility-pause.ts';
import { agilityResume } from './agility-resume.ts';
import { agilityStart } from './agility-start.ts';
import { alertsTest } from './alerts-test.ts';
import { bomImport } from './bom-import.ts';
import { bomList } from './bom-list.ts';
import { commandList } from './command-list.ts';
import { commandSend } from './command-send.ts';
import { auditList } from './audit-list.ts';
import { authorityActivate } from './authority-activate.ts';
import { authorityList } from './authority-list.ts';
import { authorityRetire } from './authority-retire.ts';
import { authorityRoll } from './authority-roll.ts';
import { backupRehearse } from './backup-rehearse.ts';
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
import { ownerFiles } from './owner-files.ts';
import { ownerPublish } from './owner-publish.ts';
import { ownerShow } from './owner-show.ts';
import { personInvite } from './person-invite.ts';
import { personLink } from './person-link.ts';
import { personList } from './person-list.ts';
import { personRemove } from './person-remove.ts';
import { personRole } from './person-role.ts';
import { sessionList } from './session-list.ts';
import { sessionEnd } from './session-end.ts';
import { sessionSelf } from './session-self.ts';
import { approvalList } from './approval-list.ts';
import { approvalDecide } from './approval-decide.ts';
import { approvalOverride } from './approval-override.ts';
import { policyApply } from './policy-apply.ts';
import { policyCompare } from './policy-compare.ts';
import { policyList } from './policy-list.ts';
import { postureChain } from './posture-chain.ts';
import { posturePaths } from './posture-paths.ts';
import { postureComponents } from './posture-components.ts';
import { postureChangesOf } from './posture-changes.ts';
import { postureOf } from './posture.ts';
import { principalRevoke } from './principal-revoke.ts';
import { readerExpect } from './reader-expect.ts';
import { readerList } from './reader-list.ts';
import { releaseList } from './release-list.ts';
import { releasePublish } from './release-publish.ts';
import { readingsRead } from './readings-read.ts';
import { refusalsList } from './refusals-list.ts';
import { rolloutStart } from './rollout-start.ts';
import { rolloutPause } from './rollout-pause.ts';
import { rolloutResume } from './rollout-resume.ts';
import { rolloutStop } from './rollout-stop.ts';
import { rolloutList } from './rollout-list.ts';
import { rolloutShow } from './rollout-show.ts';
import { siteHealth } from './site-health.ts';
import { siteStatus } from './site-status.ts';
import { streamsArrivals } from './streams-arrivals.ts';
import { streamsList } from './streams-list.ts';
import { trustShow } from './trust-show.ts';
import { updateAssignment } from './update-assignment.ts';

/** Every operation of a site: what is not here cannot be called. */
export const operations = {
	'site.status': siteStatus,
	'site.health': siteHealth,
	'alerts.test': alertsTest,
	'backup.rehearse': backupRehearse,
	'advisory.import': advisoryImport,
	'advisory.list': advisoryList,
	'advisory.show': advisoryShow,
	'bom.import': bomImport,
	'bom.list': bomList,
	'disclosure.answered': disclosureAnswered,
	'disclosure.show': disclosureShow,
	'policy.apply': policyApply,
	'policy.compare': policyCompare,
	'policy.list': policyList,
	'device.adopt': deviceAdopt,
	'device.expect': deviceExpect,
	'boot-reference.add': bootReferenceAdd,
	'boot-reference.list': bootReferenceList,
	'manifest.import': manifestImport,
	'manifest.list': manifestList,
	'device.list': deviceList,
	'device.show': deviceShow,
	'reader.expect': readerExpect,
	'reader.list': readerList,
	'principal.revoke': principalRevoke,
	'device.quarantine': deviceQuarantine,
	'device.release': deviceRelease,
	'device.transfer': deviceTransfer,
	'device.erase': deviceErase,
	'device.retire': deviceRetire,
	'device.report': deviceReport,
	'device.contain': deviceContain,
	'incident.list': incidentList,
	'incident.show': incidentShow,
	'incident.close': incidentClose,
	'key.asked': keyAsked,
	'key.register': keyRegister,
	'grant.add': grantAdd,
	'grant.list': grantList,
	'grant.end': grantEnd,
	'command.send': commandSend,
	'command.list': commandList,
	'authority.list': authorityList,
	'authority.roll': authorityRoll,
	'authority.activate': authorityActivate,
	'authority.retire': authorityRetire,
	'key.list': keyList,
	'owner.show': ownerShow,
	'owner.files': ownerFiles,
	'owner.publish': ownerPublish,
	'owner.file': ownerFile,
	'rollout.start': rolloutStart,
	'rollout.pause': rolloutPause,
	'rollout.resume': rolloutResume,
	'rollout.stop': rolloutStop,
	'rollout.list': rolloutList,
	'rollout.show': rolloutShow,
	'update.assignment': updateAssignment,
	'release.list': releaseList,
	'release.publish': releasePublish,
	'person.invite': personInvite,
	'person.link': personLink,
	'person.list': personList,
	'person.remove': personRemove,
	'person.role': personRole,
	'session.list': sessionList,
	'session.end': sessionEnd,
	'session.self': sessionSelf,
	'approval.list': approvalList,
	'approval.decide': approvalDecide,
	'approval.override': approvalOverride,
	'agility.start': agilityStart,
	'agility.pause': agilityPause,
	'agility.resume': agilityResume,
	'agility.back': agilityBack,
	'agility.show': agilityShow,
	'audit.list': auditList,
	'refusals.list': refusalsList,
	posture: postureOf,
	'posture.chain': postureChain,
	'posture.paths': posturePaths,
	'posture.components': postureComponents,
	'posture.changes': postureChangesOf,
	'trust.show': trustShow,
	'ledger.forked': ledgerForked,
	'ledger.grown': ledgerGrown,
	'ledger.prove': ledgerProve,
	'ledger.verify': ledgerVerify,
	'ledger.witnessed': ledgerWitnessed,
	'streams.list': streamsList,
	'streams.arrivals': streamsArrivals,
	'readings.read': readingsRead,
} as const;

export type OperationName = keyof typeof operations;

/** Input and output of each operation, as JSON carries them. An error is `{ code, detail }` with a code of the closed union. */
export type Operations = {
	readonly [Name in OperationName]: {
		readonly input: Frozen<Static<(typeof operations)[Name]['input']>>;
		readonly output: Frozen<Static<(typeof operations)[Name]['output']>>;
	};
};

/** An operation of this name; null for any other text. */
export const operationNamed = (name: string): (typeof operations)[OperationName] | null =>
	isOperationName(name) ? operations[name] : null;

const isOperationName = (name: string): name is OperationName => Object.hasOwn(operations, name);

/** Nobody changes what was asked or answered. */
export type Frozen<Value> = Value extends string | number | boolean | null | undefined
	? Value
	: { readonly [Key in keyof Value]: Frozen<Value[Key]> };
