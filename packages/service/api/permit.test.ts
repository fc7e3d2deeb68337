import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { type Caller, usualPersonTerms } from '@keyward/core/authorize';
import { type OperationName, operations } from '@keyward/contract';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { openSqliteStore } from '@keyward/store';
import { createObservations } from '../evidence/observations.ts';
import { openGrants } from '../policy/grants.ts';
import { openPolicies } from '../policy/policies.ts';
import { createDispatch } from './dispatch.ts';
import { type PersonRole, personRoles } from '@keyward/core/port';
import { openApprovals } from '../people/approvals.ts';
import { createPeopleEvidence } from '../people/people-evidence.ts';
import { openPersonSessions } from '../people/sessions.ts';
import { createPermit } from './permit.ts';

const place = { from: '192.0.2.1', browser: 'Firefox on Linux' };
const link = { protocol: 'TLSv1.3', groups: 'any' } as const;

const everybody = [
	...[
		'site.status',
		'site.health',
		'posture',
		'posture.chain',
		'posture.paths',
		'posture.components',
		'posture.changes',
		'session.self',
	],
];
const fleet = [
	...['policy.list', 'manifest.list', 'boot-reference.list', 'device.list', 'device.show', 'reader.list'],
	'refusals.list',
];
const whole = [
	...['advisory.list', 'advisory.show', 'authority.list', 'bom.list', 'command.list', 'disclosure.show', 'grant.list'],
	...['key.list', 'ledger.verify', 'ledger.witnessed', 'owner.files', 'owner.show', 'trust.show', 'approval.list'],
	...['incident.list', 'incident.show', 'release.list', 'rollout.list', 'rollout.show'],
	...['policy.compare', 'streams.arrivals'],
];
const audits = ['audit.list', 'ledger.prove', 'person.list', 'session.list'];
const duty = [
	...['alerts.test', 'command.send', 'device.quarantine', 'device.release', 'principal.revoke', 'grant.add'],
	...['grant.end', 'disclosure.answered', 'device.expect', 'device.adopt', 'approval.decide'],
	...['incident.close', 'rollout.pause', 'rollout.resume', 'rollout.start', 'rollout.stop', 'device.contain'],
];

const ofReader = [
	...['readings.read', 'streams.list', 'ledger.forked', 'ledger.grown', 'ledger.witnessed', 'key.register'],
	'owner.file',
];

/** Who may call what. Whatever is not written here is refused. */
const expected = {
	operator: Object.keys(operations).filter(
		(name) =>
			![
				...['streams.list', 'readings.read', 'key.asked', 'key.register', 'session.self', 'update.assignment'],
				...['device.retire', 'device.report', 'ledger.forked', 'ledger.grown'],
			].includes(name),
	),
	reader: ofReader,
	program: [...ofReader, 'device.quarantine', 'command.list'],
	device: ['key.asked', 'key.register', 'owner.file', 'update.assignment', 'device.retire', 'device.report'],
	anonymous: [],
	// A certificate that chains, and that nobody wrote into the registry.
	unknown: [],
	// A cookie of no session.
	'signed out': [],
	'person owner': [
		...[...everybody, ...fleet, ...whole, ...audits, ...duty, 'reader.expect', 'boot-reference.add'],
		...['policy.apply', 'authority.roll', 'authority.activate', 'authority.retire', 'device.erase', 'device.transfer'],
		...['owner.publish', 'person.invite', 'person.link', 'person.remove', 'person.role', 'session.end'],
	],
	'person operator': [...everybody, ...fleet, ...whole, ...duty],
	'person commissioner': [
		...everybody,
		...fleet,
		'device.expect',
		'device.adopt',
		'reader.expect',
		'boot-reference.add',
	],
	'person reader': everybody,
	'person auditor': [...everybody, ...fleet, ...whole, ...audits],
} satisfies Readonly<Record<string, readonly string[]>>;

test('every operation × every kind of caller: only who is named gets past `authorize`, with no listener before it', async (t) => {
	const programs = 'programs: { robot: [device.quarantine, command.list] }\n';
	const site = await startSite(t, {
		policies: [`${hallPolicy.replaceAll('[desk]', '[desk, robot]')}${programs}`],
		linkWorkers: 0,
	});
	const fingerprintOf = (certificate: string): string =>
		new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
	const shown = (certificate: string): Caller => ({
		...{ kind: 'certificate', fingerprint: fingerprintOf(certificate), link },
	});
	const device = await site.commissionDevice('hall', 'probe-1');
	const reader = await site.commissionReader('hall', 'desk');
	const program = await site.commissionReader('hall', 'robot');
	for (const one of ['desk', 'robot']) await site.grant('hall', one, 'probe-1', 'dose-rate');
	await site.stop();

	const store = openSqliteStore(site.folder);
	const observations = createObservations(store, (error) => assert.fail(String(error)));
	t.after(async () => {
		await observations.stop();
		await store.close();
	});
	const policies = await openPolicies(store, () => {});
	const clock = { now: () => Date.now() };
	const sessions = await openPersonSessions(store, clock, usualPersonTerms);
	const signedIn = async (role: PersonRole): Promise<Caller> => {
		const hash = Uint8Array.from({ length: 32 }, () => personRoles.indexOf(role));
		await store.putInvitation({ hash, person: role, role, expires: 1 });
		const passkey = { id: role, key: hash, counter: 0, hardware: false, attestation: null, at: 1, used: 1 };
		await store.enrolPerson(hash, passkey);
		await sessions.open(role, { person: role, step: 'passkey', credential: role, ...place });
		return { kind: 'person', session: role, link, place };
	};
	const permit = createPermit({
		people: createPeopleEvidence(store, policies, sessions, await openApprovals(store, clock)),
		...{ store, observations, issuerCounts: () => true, clock, policies },
		...{ grants: await openGrants(store), onRefused: () => {}, onUsed: async () => {}, onElsewhere: async () => {} },
	});
	const callers: Readonly<Record<keyof typeof expected, Caller>> = {
		operator: { kind: 'operator' },
		reader: shown(reader.tls.cert),
		program: shown(program.tls.cert),
		device: shown(device.tls.cert),
		anonymous: { kind: 'anonymous', link },
		unknown: { kind: 'certificate', fingerprint: '00'.repeat(32), link },
		'signed out': { kind: 'person', session: 'none', link, place },
		'person owner': await signedIn('owner'),
		'person operator': await signedIn('operator'),
		'person commissioner': await signedIn('commissioner'),
		'person reader': await signedIn('reader'),
		'person auditor': await signedIn('auditor'),
	};
	const dose = { application: 'hall', device: 'probe-1', stream: 'dose-rate', after: 0, limit: 1 };
	for (const [who, caller] of Object.entries(callers)) {
		const wanted: readonly string[] = expected[who as keyof typeof expected];
		const passed: string[] = [];
		for (const name of [...Object.keys(operations), 'no.such', '__proto__', 'constructor']) {
			try {
				await permit(caller, name, dose);
				passed.push(name);
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
			}
		}
		assert.deepEqual(passed.toSorted(), wanted.toSorted(), who);
	}
	// The same on the way to an answer: with none behind it, anyone who got further would fail otherwise.
	const dispatch = createDispatch(
		permit,
		{} as never,
		{ record: () => assert.fail('recorded before it was allowed') },
		{ mustHave: () => assert.fail('looked up before it was allowed') },
		{ knows: () => false, during: () => assert.fail('kept before it was allowed') },
	);
	for (const name of ['grant.list', 'no.such'] as OperationName[]) {
		await assert.rejects(
			dispatch(name, {}, callers.device),
			(error: unknown) => error instanceof Problem && error.code === 'not-granted',
		);
	}
});
