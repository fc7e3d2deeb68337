import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Policy } from '@keyward/core/policy';
import type { Clock, Entropy, IssuedCertificate } from '@keyward/core/port';
import { openSqliteStore } from '@keyward/store';
import { openAtRest } from './at-rest/open-at-rest.ts';
import { createRetirement } from './at-rest/retirement.ts';
import { openWebhook } from './monitor/alerts/webhook.ts';
import type { Authority } from './authority/authority.ts';
import { openSiteAuthority } from './authority/site-authority.ts';
import type { ServiceConfig } from './config/config.ts';
import { openAdmission } from './admission.ts';
import type { Assembly } from './assembly.ts';
import { removeRehearsals } from './backup/rehearse.ts';
import { createRollover } from './authority/rollover.ts';
import { openContainment } from './incident/open-containment.ts';
import { createNotices } from './notice/notices.ts';
import { createAuditLog } from './api/audit-log.ts';
import { answersOf } from './api/answers.ts';
import { createDispatch } from './api/dispatch.ts';
import { openKeyedCalls } from './api/keyed-calls.ts';
import { recordElsewhere } from './people/shown-elsewhere.ts';
import { onFirstUse } from './api/first-use.ts';
import { createPermit } from './api/permit.ts';
import { answerCalls, answerFollow } from './api/api-rpc-server.ts';
import { answerEst } from './enrolment/est-rpc-server.ts';
import { answerLinks } from './link-answers.ts';
import { createVerification } from './ledger/verification.ts';
import { openLedger } from './ledger/open-ledger.ts';
import { openCursors } from './delivery/cursors.ts';
import { createCommitTimes } from './ingest/commit-times.ts';
import { createCounters } from './log/counters.ts';
import { requireOwnDataFolder } from './site/data-folder.ts';
import { openGrants } from './policy/grants.ts';
import { unrecordedGrants } from './policy/unrecorded-grants.ts';
import type { TlsMaterial } from './thread/link-messages.ts';
import type { Log } from './log/log.ts';
import { createObservations } from './evidence/observations.ts';
import { openDeviceReports } from './evidence/device-reports.ts';
import { openRefusals } from './evidence/open-refusals.ts';
import { apiListeners, type Listening } from './policy/listeners.ts';
import { openHeldRosters } from './owner/held-rosters.ts';
import { openSiteOwner } from './owner/site-owner.ts';
import { openPeople } from './people/people.ts';
import { openPolicies } from './policy/policies.ts';
import { countRefusals, createOverload } from './monitor/overload.ts';
import { watchDisk } from './ingest/limits.ts';
import { startRetention } from './ingest/retention.ts';
import { openClientWatch } from './session/client-watch.ts';
import { logDespite } from './session/despite-lines.ts';
import { createTakeovers } from './session/takeovers.ts';
import { startMaintenance, startUpkeep } from './maintenance.ts';
import { createManifests } from './manifests/manifests.ts';
import { openLinks } from './links.ts';
import { openAppraisal } from './monitor/posture/appraisal.ts';
import { watchWrites } from './monitor/posture/watch-writes.ts';
import { openRecordWatch } from './monitor/record-watch.ts';
import { rememberCertificates } from './monitor/remembered-certificates.ts';
import { rememberRegistry } from './session/remembered-registry.ts';
import { createSiteTrust } from './monitor/site-trust.ts';
import { openNetworkRecord } from './tls/network-record.ts';
import { openUpdates } from './update/updates.ts';
import { openAskedRecord } from './agility/asked-record.ts';
import { openAgility } from './agility/open-agility.ts';
import { openRollouts } from './rollout/open-rollouts.ts';
import { openRollbackTrials } from './rollout/rollback-trials.ts';
import { createOversight } from './monitor/oversight.ts';

const clock: Clock = { now: () => Date.now() };
const entropy: Entropy = { bytes: (count) => Uint8Array.from(randomBytes(count)) };

/** Throws what opening the store, the keys or the policies throws; then nothing of it is left open. */
export const assemble = async (
	config: ServiceConfig,
	report: (error: unknown) => void,
	log: Log,
): Promise<Assembly> => {
	const opened = new AsyncDisposableStack();
	try {
		return await putTogether(config, report, log, opened);
	} catch (error) {
		await opened.disposeAsync();
		throw error;
	}
};

/** What is opened goes on the stack at once, and is closed in the opposite order. */
const putTogether = async (
	config: ServiceConfig,
	report: (error: unknown) => void,
	log: Log,
	opened: AsyncDisposableStack,
): Promise<Assembly> => {
	await requireOwnDataFolder(config.data);
	const webhook = config.alerts === null ? null : await openWebhook(config.alerts);
	const since = clock.now();
	const database = openSqliteStore(config.data);
	opened.defer(() => database.close());
	const { store: encrypted, keys, facts, eraser } = await openAtRest(config, database, clock, entropy, log);
	const { store, stale } = watchWrites(encrypted);
	const authorityFolder = join(config.data, 'authority');
	const onPolicy = async ({ application }: Policy): Promise<void> => {
		await authority.issuing(application);
		await status?.lists.refresh();
		tellTls(tls());
	};
	const policies = await openPolicies(store, onPolicy, config.allowWithout);
	const applications = (): string[] => policies.epochs().map(({ application }) => application);
	const ledger = await openLedger(config, store, applications, { clock, log, report });
	opened.defer(() => ledger.stop());
	const { checkpoints, witnesses } = ledger;
	// After the ledger covers the registry: what changes of the CAs is covered. Before anything that takes requests.
	const authority: Authority = await openSiteAuthority(config, authorityFolder, store, clock, entropy, policies);
	opened.defer(() => authority.close());
	const counters = createCounters();
	const commits = createCommitTimes(clock.now);
	const observations = createObservations(store, report);
	opened.defer(() => observations.stop());
	const watching = { config, store, observations, commits, clock, log, report };
	const record = opened.adopt(await openRecordWatch(watching), (watch) => watch.stop());
	const notices = createNotices(clock);
	const { refusals, refused } = openRefusals(store, observations, clock, log, report, notices);
	const overload = createOverload(observations.see, (seen) => log.warn('overload is over', { ...seen }), clock.now);
	const count = countRefusals(counters, overload);
	let listening: Listening = { https: [], mqtt: [] };
	let tellTls: (material: TlsMaterial) => void = () => {};

	let closing = false;
	const unlessClosing = (error: unknown): void => {
		if (!closing) report(error);
	};
	const tls = (): TlsMaterial => ({
		certificate: authority.tls.cert,
		key: authority.tls.key,
		clientAuthorities: authority.caBundle(),
	});
	const issuerCounts = ({ principal, der }: IssuedCertificate): boolean => authority.counts(principal.application, der);
	const takeovers = createTakeovers(counters, log, clock, notices);
	const manifests = createManifests(store, config.trust, clock);
	for (const { manufacturer, file } of config.manifests) await manifests.take(manufacturer, file);
	const touchReaders = (application: string): void => stale.touch({ application, kind: 'reader' });
	const grants = await openGrants(store, touchReaders, (ids) => unrecordedGrants(store.log.registry, ids));
	const updates = await openUpdates(config, store, policies, clock, log);
	opened.defer(() => updates.stop());
	const owner = await openSiteOwner(config, { store, bills: updates.bills, policies, grants, clock, report });
	opened.defer(() => owner.stop());
	const rostersOf = await openHeldRosters(config.data, owner, report);
	const cursors = await openCursors(store);
	const clients = await openClientWatch({
		...{ store, notices, report },
		running: (application, device) => updates.software.of(application).get(device)?.version ?? null,
		isReleased: (application, version) =>
			owner
				.repository()
				?.releases.get(application)
				?.releases.some(({ release }) => release.release === version) === true,
	});
	opened.defer(() => clients.stop());
	const open = await openLinks({
		...{ config, store, policies, grants, observations, counters, commits, clock, notices, report: unlessClosing },
		...{ encrypt: keys.encrypt, issuerCounts, rostersOf },
		registry: rememberRegistry(store, () => store.log.registry.size()),
		onConnected: (fingerprint) => void seen(fingerprint).catch(unlessClosing),
		onTakenOver: takeovers.add,
		onDespite: logDespite(log, clock),
		onHello: clients.connected,
		onSoftware: updates.software.said,
	});
	const { streams, resumable, commands, sessions, deliveries, followers, cuts, limits, readings, continuity } = open;
	opened.defer(async () => {
		open.expiry.stop();
		await continuity.stop();
		await resumable.stop();
		await readings.idle();
	});
	const seen = async (fingerprint: Uint8Array): Promise<void> => {
		const certificate = await store.certificate(fingerprint);
		if (certificate !== null) await registrar.connected(certificate);
	};
	const recording = { store, applications, clock, report: unlessClosing };
	const networks = opened.adopt(await openNetworkRecord(recording), (one) => one.stop());
	const deviceReports = opened.use(await openDeviceReports(store, clock, unlessClosing));
	const { status, admitting, registrar } = await openAdmission({
		...{ config, store, authority, authorityFolder, clock, entropy, policies, owner, sessions, limits },
		...{ counters, notices, log, refused, networks, listening: () => listening, report: unlessClosing },
		kindOf: (device) => agility.kindWanted(device),
		onJoining: deviceReports.forget,
		onStatus: (one) => opened.defer(() => one?.lists.stop()),
	});
	const remembered = rememberCertificates(store, () => store.log.registry.size());
	const askedRecord = await openAskedRecord(store);
	const { incidents, taints, containments, noticed, forked, rekeyWaves } = await openContainment({
		...{ store, registrar: admitting, cuts, sessions, streams, alone: readings.alone, owner, observations, clock, log },
		...{ notices, policyOf: policies.policyOf, report: unlessClosing, remembered, witnesses },
		record: askedRecord,
	});
	authority.onChange(() => {
		tellTls(tls());
		void status?.lists.refresh().catch(unlessClosing);
	});
	const rollover = createRollover(store, authority, observations, clock);
	const maintenance = startMaintenance(registrar, authority, rollover, unlessClosing);
	opened.defer(() => maintenance.stop());
	const disk = watchDisk(config.data, config.diskReserve, limits, unlessClosing);
	opened.defer(() => disk.stop());
	const retention =
		config.retention === null
			? null
			: startRetention(
					...([config.retention, store, streams, keys] as const),
					...([readings.alone, checkpoints, limits, clock, unlessClosing] as const),
				);
	opened.defer(() => retention?.stop());
	const people = await openPeople({
		...{ store, policies, clock, config },
		urls: () => apiListeners(listening).map(({ url }) => url),
	});
	const permit = createPermit({
		...{ store, policies, grants, people: people.evidence, observations, issuerCounts, clock },
		onRefused: (one) => refused([one]),
		onElsewhere: recordElsewhere(store, clock),
		onUsed: onFirstUse((one) => registrar.connected(one).catch(unlessClosing)),
	});
	const verification = createVerification({ store, checkpoints, observations, clock, log });
	const siteTrust = createSiteTrust(store, remembered, policies, grants, authority, owner, clock, config.trust);
	const rollouts = await openRollouts({
		...{ store, policies, owner, clock, log, report: unlessClosing },
		watched: { sessions, streams, continuity, software: updates.software },
		shortfalls: (application) => appraisal.shortfalls(application),
	});
	opened.defer(() => rollouts.end());
	const trials = await openRollbackTrials(store, { owner, observations, clock, log });
	const agility = openAgility({ store, remembered, policies, rollouts, record: askedRecord, clock, log });
	let [ports, lostWorkers]: [readonly number[], number] = [[], 0];
	const known = {
		...{ store, policies, stale, clock, report: unlessClosing, remembered, grants, updates, rollouts, agility },
		...{ deviceReports, siteTrust, trust: config.trust, incidents: incidents.all, observations, continuity },
		...{ expiry: open.expiry, owner, record, witnesses, ofStore: facts, ports: () => ports },
	};
	const appraisal = opened.use(openAppraisal(known));
	const oversight = createOversight({
		...{ config, post: record.heard(webhook), log, report: unlessClosing, clock },
		...{ store, authority, policies, sessions, counters, commits, limits, takeovers, continuity, updates, rollouts },
		...{ incidents: incidents.all, batchesWaiting: readings.waiting, record: record.conditions, witnesses },
		...{ posture: () => appraisal.posture(), declaredPorts: () => ports, lostWorkers: () => lostWorkers },
		listeners: () => [...listening.mqtt, ...listening.https],
	});
	opened.defer(() => oversight.stop());
	await removeRehearsals(config.data);
	const erase = eraser(readings.alone);
	const retirement = createRetirement({ store, policyOf: policies.policyOf, erase, clock });
	void retirement.finishAll(applications()).catch(unlessClosing);
	const answers = answersOf({
		...{ config, clock, store, authority, rollover, policies, grants, manifests, registrar, counters },
		...{ incidents, taints, containments, noticed, forked, rekeyWaves, erase, retirement, deviceReports, witnesses },
		...{ checkpoints, verification, continuity, owner, observations, updates, rollouts, trials, agility, people },
		...{ sessions, cuts, streams, deliveries, cursors, commands, limits, since, appraisal, siteTrust },
		...{ refusals, alerts: oversight.alerts, health: oversight.health, listening: () => listening },
	});
	const audit = createAuditLog(store, clock);
	const keyedCalls = await openKeyedCalls(store, clock);
	const dispatch = createDispatch(permit, answers, audit, policies, keyedCalls);
	const upkeep = startUpkeep(verification, [commands, audit, keyedCalls], unlessClosing);
	opened.defer(() => upkeep.stop());

	return {
		dispatch,
		servesFollowers: followers.serves,
		...{ status, networks, count },
		tls,
		onTls: (listener) => {
			tellTls = listener;
		},
		announce: (announced, opened) => {
			listening = announced;
			resumable.listening();
			open.expiry.listening();
			overload.listening();
			ports = opened;
		},
		linkHandlers: (channel) =>
			answerLinks({ ...open, store, taints, count, refused, networks, acknowledged: overload.acknowledged }, channel),
		apiHandlers: () => ({
			...answerCalls(dispatch),
			...people.handlers,
			...answerEst({ authority, registrar, policies, rollover }),
			follow: answerFollow({ dispatch, permit, store, streams, deliveries, followers, cursors, taints, clock }),
			...{ health: oversight.health, metrics: oversight.metrics, counters: count, networks: networks.came },
		}),
		lostWorker: (channel) => {
			lostWorkers++;
			sessions.dropWorker(channel);
		},
		closing: () => resumable.closing(),
		close: async () => {
			closing = true;
			await opened.disposeAsync();
		},
	};
};
