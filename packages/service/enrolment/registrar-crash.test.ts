import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { type PowerCut, withPowerCut } from '@keyward/testing/store/power-cut';
import { days, Problem } from '@keyward/core';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr, parseCsr, readCertificate } from '@keyward/core/format';
import { parsePolicy } from '@keyward/core/policy';
import type { Store } from '@keyward/core/port';
import { makeEphemeralKey } from '@keyward/custody';
import { openSqliteStore } from '@keyward/store';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { type Authority, openAuthority } from '../authority/authority.ts';
import { policyText } from './est-site.fixture.ts';
import { createRegistrar, type Registrar } from './registrar.ts';
import { overTls } from './est-connection.fixture.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;

/** What writes. Everything else only looks. */
const writes: readonly (keyof Store)[] = [
	...([
		'expect',
		'intend',
		'issue',
		'abandon',
		'putFacts',
		'setState',
		'revoke',
		'retire',
		'transfer',
		'supersede',
	] as const),
];

const open = async (t: TestContext) => {
	const home = temporaryFolder('keyward-cut-');
	const authority: Authority = await openAuthority({
		...{
			folder: join(home, 'authority'),
			store: inventoryAt(home),
			clock,
			entropy,
			applications: ['hall'],
			hostNames: [],
		},
	});
	t.after(() => authority.close());
	const policy = parsePolicy(policyText());
	const lifeOn = (store: Store): Registrar =>
		createRegistrar({
			...{ store, authority, clock, entropy, published: new Map() },
			policyOf: (application) => (application === 'hall' ? policy : null),
			urls: () => ({ service: 'https://localhost:1', mqtt: 'mqtts://localhost:2' }),
		});
	return { home, lifeOn };
};

/**
 * Cuts `act` off at every write, one after another, each on a fresh disk that `prepare` made ready; then opens the disk
 * again, recovers, and does what the device would do: asks again.
 */
const cutEverywhere = async (
	t: TestContext,
	prepare: (registrar: Registrar) => Promise<(registrar: Registrar) => Promise<Uint8Array[]>>,
	check: (store: Store, answer: Uint8Array[], cut: PowerCut) => Promise<void>,
): Promise<number> => {
	const { home, lifeOn } = await open(t);
	for (let write = 0; ; write++) {
		for (const when of ['before', 'after'] as const) {
			const folder = join(home, `${write}-${when}`);
			const first = openSqliteStore(folder);
			const act = await prepare(lifeOn(first));
			const cut = withPowerCut(first, writes, { write, when });
			const outcome = await act(lifeOn(cut.store)).catch((error: unknown) => error);
			await first.close();
			if (!cut.happened()) return write;
			assert.ok(outcome instanceof Problem && outcome.code === 'store-failed', `${write} ${when}`);

			const second = openSqliteStore(folder);
			const registrar = lifeOn(second);
			await registrar.recover();
			assert.deepEqual(await second.openIntents(), [], 'nothing is left half done');
			await check(second, await act(registrar), { write, when });
			await second.close();
		}
	}
};

test('enrolment cut off at every write: the same token and key get one certificate, and its facts', async (t) => {
	const cuts = await cutEverywhere(
		t,
		async (registrar) => {
			const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
			const csr = parseCsr(await buildCsr({ subject: [] }, makeEphemeralKey()));
			return (later) => later.enrol(csr, token, overTls);
		},
		async (store, [leaf], { write, when }) => {
			const certificates = await store.certificates(name);
			assert.deepEqual(
				certificates.map(({ der }) => der),
				[leaf],
				`${write} ${when}`,
			);
			assert.equal((await store.principal(name))?.state, 'commissioned');
			const facts = await store.facts('hall');
			assert.ok(facts.length > 0 && facts.every(({ until }) => until === certificates[0]?.notAfter));
		},
	);
	// intend, issue, facts.
	assert.equal(cuts, 3);
});

test('renewal cut off at every write: the old certificate stays good, and asking again gives a new one', async (t) => {
	const key = makeEphemeralKey();
	let old: Uint8Array = new Uint8Array();
	const cuts = await cutEverywhere(
		t,
		async (registrar) => {
			const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
			const [leaf] = await registrar.enrol(parseCsr(await buildCsr({ subject: [] }, key)), token, overTls);
			old = leaf ?? old;
			const csr = parseCsr(await buildCsr({ subject: principalSubject(name) }, key));
			const fingerprint = Buffer.from(readCertificate(old).fingerprint).toString('hex');
			return (later) => {
				// Two thirds of its life are over.
				clock.ahead = days(21);
				return later.renew(csr, fingerprint, overTls);
			};
		},
		async (store, [fresh], { write, when }) => {
			const certificates = await store.certificates(name);
			assert.deepEqual(certificates[0]?.der, old);
			assert.ok(certificates.every(({ revoked }) => revoked === null));
			assert.deepEqual(certificates.at(-1)?.der, fresh, `${write} ${when}`);
			// The one that recovery finished, or was issued and never arrived, is given again.
			assert.equal(certificates.length, 2, `${write} ${when}`);
			assert.ok((await store.facts('hall')).some(({ until }) => until === certificates[1]?.notAfter));
			clock.ahead = 0;
		},
	);
	assert.equal(cuts, 3);
});

test('revocation cut off anywhere: everything of the device is revoked, or nothing; asked again, all of it is', async (t) => {
	const { home, lifeOn } = await open(t);
	for (const when of ['before', 'after'] as const) {
		const folder = join(home, when);
		const first = openSqliteStore(folder);
		const registrar = lifeOn(first);
		const key = makeEphemeralKey();
		const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
		const [leaf] = await registrar.enrol(parseCsr(await buildCsr({ subject: [] }, key)), token, overTls);
		const fingerprint = Buffer.from(readCertificate(leaf ?? new Uint8Array()).fingerprint).toString('hex');
		const other = parseCsr(await buildCsr({ subject: principalSubject(name) }, makeEphemeralKey()));
		await registrar.renew(other, fingerprint, overTls);
		const cut = withPowerCut(first, writes, { write: 0, when });
		const outcome = await lifeOn(cut.store)
			.revoke(name, 'stolen', 'keyCompromise')
			.catch((error: unknown) => error);
		await first.close();
		assert.ok(cut.happened() && outcome instanceof Problem);

		const second = openSqliteStore(folder);
		const later = lifeOn(second);
		await later.recover();
		const happened = when === 'after';
		assert.equal((await second.principal(name))?.state, happened ? 'retired' : 're-keyed');
		// What CRL and OCSP are made of, at the start and before anybody asked again.
		assert.equal((await second.revoked('hall', 0)).length, happened ? 2 : 0);
		assert.equal(await later.revoke(name, 'stolen', 'keyCompromise'), happened ? 0 : 2);
		assert.equal((await second.revoked('hall', 0)).length, 2);
		assert.ok((await second.certificates(name)).every(({ revoked }) => revoked?.cause === 'keyCompromise'));
		await second.close();
	}
});

test('a transfer cut off before or after its one commit: ended here and expected there, or neither', async (t) => {
	const { home, lifeOn } = await open(t);
	const there = { ...name, id: 'probe-2' };
	for (const when of ['before', 'after'] as const) {
		const folder = join(home, when);
		const first = openSqliteStore(folder);
		const registrar = lifeOn(first);
		const { token } = parseCommissioning((await registrar.expectDevice('hall', 'probe-1')).commissioning);
		await registrar.enrol(parseCsr(await buildCsr({ subject: [] }, makeEphemeralKey())), token, overTls);
		const cut = withPowerCut(first, writes, { write: 0, when });
		const later = lifeOn(cut.store);
		const prepared = await later.prepareDevice('hall', 'probe-2');
		const outcome = await later.transfer(name, prepared, 'sold').catch((error: unknown) => error);
		await first.close();
		assert.ok(cut.happened() && outcome instanceof Problem);

		const second = openSqliteStore(folder);
		await lifeOn(second).recover();
		const happened = when === 'after';
		assert.equal((await second.principal(name))?.state, happened ? 'transferred' : 'commissioned');
		assert.equal((await second.principal(there))?.state, happened ? 'expected' : undefined);
		assert.equal((await second.revoked('hall', 0)).length, happened ? 1 : 0);
		// Asked again, it has a new string, and no certificate is left.
		const again = lifeOn(second);
		await again.transfer(name, await again.prepareDevice('hall', 'probe-2'), 'sold');
		assert.ok((await second.certificates(name)).every(({ revoked }) => revoked !== null));
		assert.equal((await second.principal(there))?.state, 'expected');
		await second.close();
	}
});
