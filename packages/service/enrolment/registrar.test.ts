import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { hours, Problem } from '@keyward/core';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import {
	buildCsr,
	type CertificationRequest,
	isIssuedBy,
	keyThumbprint,
	parseCsr,
	readCertificate,
} from '@keyward/core/format';
import { parsePolicy } from '@keyward/core/policy';
import type { Signer, Store } from '@keyward/core/port';
import { createFileKey } from '@keyward/custody';
import { openMemoryStore } from '@keyward/store/memory';
import { moveTo } from '@keyward/testing/store/registry';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { openAuthority } from '../authority/authority.ts';
import { watchEnrolment } from '../incident/watch-enrolment.ts';
import { policyText } from './est-site.fixture.ts';
import { createRegistrar } from './registrar.ts';
import { overTls } from './est-connection.fixture.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;

const open = async () => {
	const folder = temporaryFolder('keyward-life-');
	const clock = { time: Date.now(), now: () => clock.time };
	const state = { policy: parsePolicy(policyText()), issued: 0, keys: 0 };
	const authority = await openAuthority({
		folder: join(folder, 'authority'),
		store: inventoryAt(folder),
		clock,
		entropy,
		applications: [],
		hostNames: [],
	});
	const store = openMemoryStore();
	const start = (over: Store = store) =>
		createRegistrar({
			store: over,
			authority,
			clock,
			entropy,
			policyOf: (application) => (application === 'hall' ? state.policy : null),
			published: new Map(),
			urls: () => ({ service: 'https://localhost:1', mqtt: 'mqtts://localhost:2' }),
			onIssued: () => state.issued++,
		});
	const makeKey = (): Promise<Signer> => createFileKey(join(folder, 'keys'), `key${state.keys++}`, 'P-256');
	return { store, start, registrar: start(), clock, state, authority, makeKey };
};

const refuses = (promise: Promise<unknown>, code: string): Promise<void> =>
	assert.rejects(promise, (error) => error instanceof Problem && error.code === code, code);

const request = async (signer: Signer): Promise<CertificationRequest> =>
	parseCsr(await buildCsr({ subject: [] }, signer));
/** RFC 7030 §4.2.2: with the subject of the certificate that it renews. */
const renewal = async (signer: Signer): Promise<CertificationRequest> =>
	parseCsr(await buildCsr({ subject: principalSubject(name) }, signer));
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

test('expected, enrolled, and known with its facts', async () => {
	const { registrar, store, state, authority, makeKey, clock } = await open();
	const { commissioning, expires } = await registrar.expectDevice('hall', 'probe-1');
	const string = parseCommissioning(commissioning);
	assert.deepEqual([string.id, string.class, string.expires], ['probe-1', 'probe', expires]);
	assert.deepEqual(string.serviceCa, keyThumbprint(authority.serviceCa.publicKey));
	const key = await makeKey();
	const [leaf, issuing] = await registrar.enrol(await request(key), string.token, overTls);
	assert.ok(leaf && issuing && isIssuedBy(leaf, issuing));
	assert.deepEqual(readCertificate(leaf).publicKey, key.publicKey);
	assert.equal((await store.principal(name))?.state, 'commissioned');
	assert.equal(state.issued, 1);
	assert.deepEqual(await store.openIntents(), []);
	const facts = await store.facts('hall');
	const byClaim = facts.toSorted((a, b) => (a.claim < b.claim ? -1 : 1));
	assert.deepEqual(
		byClaim.map(({ claim, value, strength }) => [claim, value, strength]),
		[
			['certificate-lifetime', 30 * 86_400_000, 'observed'],
			['device-authentication', 'certificate', 'observed'],
			['expected-device', 'token', 'observed'],
			['key-custody', 'any', 'claimed'],
			['key-strength', '128-listed', 'observed'],
			['service-authentication', true, 'claimed'],
			['unique-key', true, 'observed'],
		],
	);
	for (const { subject, until, at } of facts) {
		assert.deepEqual(subject, { kind: 'device', application: 'hall', id: 'probe-1' });
		assert.equal(until, readCertificate(leaf).notAfter);
		assert.equal(at, clock.time);
	}
});

test('a CA that is rolled over while somebody is enrolled signs nothing that names the one before', async () => {
	const { registrar, start, store, authority, makeKey } = await open();
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	const rolling = start({
		...store,
		intend: async (...intended) => {
			await store.intend(...intended);
			await authority.roll('issuing.hall', false);
		},
	});
	const [leaf, issuing] = await rolling.enrol(await request(await makeKey()), token, overTls);
	assert.ok(leaf && issuing && isIssuedBy(leaf, issuing));
	assert.equal(authority.held('issuing.hall').length, 2);
	assert.ok(authority.counts('hall', leaf));
});

test('names, classes and readers that the policy does not have are refused, with what was meant', async () => {
	const { registrar } = await open();
	await refuses(registrar.expectDevice('nowhere', 'probe-1'), 'policy-unknown-application');
	await refuses(registrar.expectDevice('hall', 'Probe 1'), 'request-malformed');
	await assert.rejects(
		registrar.expectDevice('hall', 'probe-1', 'prob'),
		/policy-unknown-reference.*did you mean "probe"/,
	);
	await assert.rejects(
		registrar.expectDevice('hall', 'probe-1', 'foo'),
		/policy-unknown-reference: The policy of hall has the class probe, and no "foo"\./,
	);
	await assert.rejects(registrar.expectReader('hall', 'desc'), /reader-unknown.*did you mean "desk"/);
	assert.equal(parseCommissioning((await registrar.expectReader('hall', 'desk')).commissioning).kind, 'reader');
});

test('a lost answer: the same token and key get the same certificate; another key gets nothing', async () => {
	const { registrar, state, store, makeKey } = await open();
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	const [key, other] = [await makeKey(), await makeKey()];
	const first = await registrar.enrol(await request(key), token, overTls);
	assert.deepEqual(await registrar.enrol(await request(key), token, overTls), first);
	await refuses(registrar.enrol(await request(other), token, overTls), 'token-spent');
	await refuses(registrar.enrol(await request(other), 'guess', overTls), 'token-unknown');
	assert.equal((await store.certificates(name)).length, 1);
	assert.equal(state.issued, 1);
	await refuses(registrar.expectDevice('hall', 'probe-1'), 'device-exists');
});

test('two devices that come at once with one key: one gets in', async () => {
	const { registrar, store, makeKey } = await open();
	const key = await makeKey();
	const tokens = [];
	for (const id of ['probe-1', 'probe-2', 'probe-3'])
		tokens.push(parseCommissioning((await registrar.expectDevice('hall', id)).commissioning).token);
	const csr = await request(key);
	const outcomes = await Promise.allSettled(tokens.map((token) => registrar.enrol(csr, token, overTls)));
	assert.deepEqual(
		outcomes.map(({ status }) => status),
		['fulfilled', 'rejected', 'rejected'],
	);
	for (const outcome of outcomes.slice(1)) {
		assert.ok(
			outcome.status === 'rejected' && outcome.reason instanceof Problem && outcome.reason.code === 'key-seen-before',
		);
	}
	// People of the site are told who has the key; the caller is not.
	const seen: string[] = [];
	const watched = watchEnrolment(registrar, store, { see: (_, of, what) => void seen.push(`${of.id}: ${what}`) });
	await assert.rejects(
		watched.enrol(csr, tokens[1] ?? '', overTls),
		(error) => error instanceof Problem && error.code === 'key-seen-before' && !error.detail.includes('probe-1'),
	);
	assert.match(seen[0] ?? '', /^probe-2: key-seen-before: .* Held by device hall\/probe-1\.$/);
});

test('an expired token is refused; renewal re-judges revocation and state each time', async () => {
	const { registrar, store, clock, makeKey } = await open();
	const late = parseCommissioning((await registrar.expectDevice('hall', 'probe-2')).commissioning).token;
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	const key = await makeKey();
	const [leaf] = await registrar.enrol(await request(key), token, overTls);
	const fingerprint = hex(leaf && readCertificate(leaf).fingerprint);
	clock.time += hours(24);
	await refuses(registrar.enrol(await request(await makeKey()), late, overTls), 'token-expired');
	// More than a third of its life is left: the same again, and nothing written.
	const [early] = await registrar.renew(await renewal(key), fingerprint, overTls);
	assert.deepEqual(early, leaf);
	assert.equal((await store.certificates(name)).length, 1);
	clock.time += hours(20 * 24);
	const [renewed] = await registrar.renew(await renewal(key), fingerprint, overTls);
	assert.ok(renewed && readCertificate(renewed).notAfter > readCertificate(leaf ?? renewed).notAfter);
	const fresh = await makeKey();
	const [rekeyed] = await registrar.renew(await renewal(fresh), fingerprint, overTls);
	assert.deepEqual(rekeyed && readCertificate(rekeyed).publicKey, fresh.publicKey);
	assert.deepEqual(
		(await registrar.renew(await renewal(fresh), fingerprint, overTls))[0],
		rekeyed,
		'its answer was lost',
	);
	await refuses(registrar.renew(await renewal(key), fingerprint, overTls), 'key-superseded');
	await refuses(registrar.renew(await renewal(await makeKey()), fingerprint, overTls), 'key-superseded');
	await refuses(registrar.renew(await renewal(key), '00'.repeat(32), overTls), 'certificate-unknown');
	await store.revoke(Buffer.from(fingerprint, 'hex'), {
		at: clock.time,
		cause: 'keyCompromise',
		reason: 'stolen',
	});
	await refuses(registrar.renew(await renewal(key), fingerprint, overTls), 'certificate-revoked');
	await refuses(
		registrar.renew(await renewal(key), hex(renewed && readCertificate(renewed).fingerprint), overTls),
		'certificate-revoked',
	);
	await moveTo(store, name, 'retired', clock.time);
	await refuses(
		registrar.renew(await renewal(fresh), hex(rekeyed && readCertificate(rekeyed).fingerprint), overTls),
		'device-not-expected',
	);
});

/** A store that is cut off when `issue` is called, as by kill -9: what was recorded before stays. */
const cutAtIssue = (store: Store): Store =>
	new Proxy(store, {
		get: (target, property, receiver) => {
			if (property === 'issue') return () => Promise.reject(new Problem('store-failed', 'cut off'));
			const member: unknown = Reflect.get(target, property, receiver);
			return member;
		},
	});

test('a crash between intend and issue is finished at the next start, with the very bytes that were frozen', async () => {
	const { start, store, makeKey, registrar } = await open();
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	const key = await makeKey();
	await refuses(start(cutAtIssue(store)).enrol(await request(key), token, overTls), 'store-failed');
	const [intent] = await store.openIntents();
	assert.ok(intent);
	assert.equal((await store.principal(name))?.state, 'expected');

	const next = start();
	assert.deepEqual(await next.recover(), { issued: 1, abandoned: 0 });
	const [certificate] = await store.certificates(name);
	assert.ok(certificate && Buffer.from(certificate.der).includes(Buffer.from(intent.toBeSigned)));
	assert.equal((await store.principal(name))?.state, 'commissioned');
	assert.equal((await store.facts('hall')).length, 7);
	const [answered] = await next.enrol(await request(key), token, overTls);
	assert.deepEqual(answered, certificate.der);
	assert.deepEqual(await next.recover(), { issued: 0, abandoned: 0 });
});

test('recovery judges again: what the policy or an operator has forbidden since is given up', async () => {
	const { start, store, makeKey, registrar, state, clock } = await open();
	const cut = start(cutAtIssue(store));
	const enrolCut = async (id: string): Promise<void> => {
		const { token } = parseCommissioning((await registrar.expectDevice('hall', id)).commissioning);
		await refuses(cut.enrol(await request(await makeKey()), token, overTls), 'store-failed');
	};
	await enrolCut('probe-1');
	await moveTo(store, name, 'retired', clock.time);
	assert.deepEqual(await start().recover(), { issued: 0, abandoned: 1 });
	await enrolCut('probe-2');
	state.policy = parsePolicy(policyText('enforce', 3));
	assert.deepEqual(await start().recover(), { issued: 0, abandoned: 1 });
	state.policy = parsePolicy(policyText());
	await enrolCut('probe-3');
	clock.time += 31 * hours(24);
	assert.deepEqual(await start().recover(), { issued: 0, abandoned: 1 });
	assert.deepEqual(await store.certificates(name), []);
});

test('mode report lets a software key in where hardware is asked; enforce does not', async () => {
	const { registrar, state, makeKey } = await open();
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	const csr = await request(await makeKey());
	state.policy = parsePolicy(policyText('enforce', 4).replace('30d', '7d'));
	await refuses(registrar.enrol(csr, token, overTls), 'evidence-missing');
	state.policy = parsePolicy(policyText('audit', 4).replace('30d', '7d'));
	assert.equal((await registrar.enrol(csr, token, overTls)).length, 2);
});

test('a lifetime that the policy has tightened ends renewal, and what a token gave', async () => {
	const { registrar, state, clock, makeKey } = await open();
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	const key = await makeKey();
	const [leaf] = await registrar.enrol(await request(key), token, overTls);
	const fingerprint = hex(leaf && readCertificate(leaf).fingerprint);
	state.policy = parsePolicy(policyText().replace('30d', '2h'));
	clock.time += hours(1);
	const [shorter] = await registrar.renew(await renewal(key), fingerprint, overTls);
	assert.ok(shorter && leaf && readCertificate(shorter).notAfter < readCertificate(leaf).notAfter);
	assert.deepEqual(
		(await registrar.renew(await renewal(key), fingerprint, overTls))[0],
		shorter,
		'and then the same again',
	);
	clock.time += hours(2);
	await refuses(registrar.renew(await renewal(key), fingerprint, overTls), 'certificate-expired');
	await refuses(registrar.enrol(await request(key), token, overTls), 'token-spent');
});

test('an older token, spent or not, and what it had begun end when the owner begins again', async () => {
	const { start, store, registrar, makeKey } = await open();
	const stolen = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning).token;
	const thief = await makeKey();
	await refuses(start(cutAtIssue(store)).enrol(await request(thief), stolen, overTls), 'store-failed');
	assert.equal((await store.openIntents()).length, 1);
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	await refuses(registrar.enrol(await request(thief), stolen, overTls), 'token-unknown');
	await refuses(registrar.requireToken(stolen), 'token-unknown');
	assert.deepEqual(await start().recover(), { issued: 0, abandoned: 0 });
	assert.equal((await registrar.enrol(await request(await makeKey()), token, overTls)).length, 2);
	await registrar.transfer(name, await registrar.prepareDevice('hall', 'probe-9'), 'sold');
	await refuses(registrar.requireToken(token), 'token-unknown');
});

/** A store whose certificate is signed and not recorded yet when `meanwhile` happens. */
const atIssue = (store: Store, meanwhile: () => Promise<unknown>): Store =>
	new Proxy(store, {
		get: (target, property, receiver) => {
			if (property === 'issue') {
				return async (certificate: Parameters<Store['issue']>[0]) => {
					await meanwhile();
					return target.issue(certificate);
				};
			}
			const member: unknown = Reflect.get(target, property, receiver);
			return member;
		},
	});

test('a revocation waits for no enrolment, and the enrolment under way comes to nothing', async () => {
	const { start, store, registrar, makeKey } = await open();
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	const events: string[] = [];
	const slow = start(
		atIssue(store, async () => {
			// It resolves while the enrolment holds its turn.
			await slow.revoke(name, 'stolen', 'keyCompromise');
			events.push('revoked');
		}),
	);
	await refuses(
		slow.enrol(await request(await makeKey()), token, overTls).finally(() => events.push('answered')),
		'device-not-expected',
	);
	assert.deepEqual(events, ['revoked', 'answered']);
	assert.deepEqual(await store.certificates(name), []);
	assert.deepEqual(await store.openIntents(), []);
	assert.equal((await store.principal(name))?.state, 'retired');
});

test('what an end of an older version left good is revoked at the start', async () => {
	const { start, store, registrar, makeKey, clock } = await open();
	const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
	await registrar.enrol(await request(await makeKey()), token, overTls);
	await moveTo(store, name, 'retired', clock.time);
	await start().recover();
	assert.equal((await store.certificates(name))[0]?.revoked?.cause, 'unspecified');
	assert.equal((await store.revoked('hall', 0)).length, 1);
});
