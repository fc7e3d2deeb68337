import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { expectPrincipal } from '@keyward/core/enrol';
import type { KeyEvidence } from '@keyward/core/device';
import type { IssuedCertificate, PrincipalName, Store } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { createLifecycle } from './lifecycle.ts';
import { createMutex } from '../thread/mutex.ts';

const name: PrincipalName = { kind: 'device', application: 'hall', id: 'probe-1' };
const evidence: KeyEvidence = {
	custody: 'tpm2',
	proof: 'attested',
	part: 'ek:00',
	manufacturer: 'mill',
	emulated: false,
};
const bytes = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);
const clock = { now: () => 500 };
const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };

/** Issues a certificate for the key, by the token at first and by the last certificate from then on. */
const issue = async (store: Store, key: number, seed: number, renews: number | null): Promise<IssuedCertificate> => {
	const serial = String(seed);
	const by = renews === null ? { token: bytes(1) } : { certificate: bytes(renews) };
	await store.intend({ serial, principal: name, key: bytes(key), evidence, toBeSigned: bytes(9), at: 10, by });
	const certificate: IssuedCertificate = {
		...{ fingerprint: bytes(seed), serial, principal: name, key: bytes(key), evidence },
		...{ notBefore: 0, notAfter: 1000, der: bytes(seed), revoked: null },
	};
	await store.issue(certificate);
	return certificate;
};

const begin = async () => {
	const store = openMemoryStore();
	const told: string[] = [];
	const onRevoked = ({ serial }: { serial: string }): void => void told.push(serial);
	const lifecycle = createLifecycle({ store, clock, inTurn: createMutex(), onRevoked });
	await store.expect(
		{ ...name, class: 'probe', part: 'ek:00', state: 'expected', at: 1 },
		{ hash: bytes(1), principal: name, expires: 100, spentFor: null },
	);
	const first = await issue(store, 7, 20, null);
	const state = async (): Promise<string | undefined> => (await store.principal(name))?.state;
	return { store, lifecycle, first, state, told };
};

const refuses = (doing: Promise<unknown>, code: string): Promise<void> =>
	assert.rejects(doing, (error) => error instanceof Problem && error.code === code);

test('a commissioned device is active once it was here', async () => {
	const { lifecycle, first, state } = await begin();
	assert.equal(await state(), 'commissioned');
	assert.equal(await lifecycle.connected(first), 0);
	assert.equal(await state(), 'active');
	assert.equal(await lifecycle.connected(first), 0);
	assert.equal(await state(), 'active');
});

test('the old key of a re-keyed device ends when the new one was used, and not before', async () => {
	const { store, lifecycle, first, state, told } = await begin();
	await lifecycle.connected(first);
	const second = await issue(store, 8, 21, 20);
	assert.equal(await state(), 're-keyed');
	assert.equal(await lifecycle.connected(first), 0, 'here with its old key');
	assert.equal(await state(), 're-keyed');
	assert.equal(await lifecycle.connected(second), 1);
	assert.equal(await state(), 'active');
	assert.deepEqual((await store.certificate(first.fingerprint))?.revoked, {
		at: 500,
		cause: 'superseded',
		reason: 'the device has a new key and has used it',
	});
	assert.equal((await store.certificate(second.fingerprint))?.revoked, null);
	assert.deepEqual(told, ['20']);
});

test('in any state the first use of the newest key ends the older: after quarantine, and while a renewal is under way', async () => {
	for (const between of ['release', 'renewing'] as const) {
		const { store, lifecycle, first, state } = await begin();
		await lifecycle.connected(first);
		const second = await issue(store, 8, 21, 20);
		if (between === 'release') {
			await lifecycle.quarantine(name);
			assert.equal(await lifecycle.connected(second), 0, 'kept out');
			assert.equal((await store.certificate(first.fingerprint))?.revoked, null);
			await lifecycle.release(name);
		} else {
			const by = { certificate: bytes(21) };
			await store.intend({
				...{ serial: '22', principal: name, key: bytes(8), evidence, toBeSigned: bytes(9), at: 10, by },
			});
		}
		assert.equal(await state(), between === 'release' ? 'active' : 'renewing');
		assert.equal(await lifecycle.connected(first), 0, 'with its old key');
		assert.equal(await lifecycle.connected(second), 1, between);
		assert.equal((await store.certificate(first.fingerprint))?.revoked?.cause, 'superseded');
	}
});

test('quarantine revokes nothing, and only an operator ends it', async () => {
	const { store, lifecycle, first, state } = await begin();
	await refuses(lifecycle.release(name), 'device-state');
	await lifecycle.quarantine(name);
	assert.equal(await state(), 'quarantined');
	await lifecycle.connected(first);
	assert.equal(await state(), 'quarantined');
	await refuses(lifecycle.quarantine(name), 'device-state');
	assert.equal((await store.certificate(first.fingerprint))?.revoked, null);
	await lifecycle.release(name);
	assert.equal(await state(), 'active');
});

test('transfer and retirement revoke everything; done again, they finish what was cut short', async () => {
	const { store, lifecycle, state } = await begin();
	await issue(store, 8, 21, 20);
	const there = () => expectPrincipal({ ...name, application: 'yard' }, 'gamma-probe', null, entropy, 1);
	assert.equal(await lifecycle.transfer(name, there(), 'sold'), 2);
	assert.equal((await store.principal({ ...name, application: 'yard' }))?.state, 'expected');
	assert.equal(await lifecycle.transfer(name, there(), 'sold'), 0);
	assert.equal(await state(), 'transferred');
	await refuses(lifecycle.quarantine(name), 'device-state');
	assert.equal(await lifecycle.revoke(name, 'scrapped'), 0);
	assert.equal(await state(), 'retired');
	assert.equal(await lifecycle.revoke(name, 'scrapped'), 0);
	await refuses(lifecycle.transfer(name, there(), 'sold'), 'device-state');
	await refuses(lifecycle.revoke({ ...name, id: 'nobody' }, 'lost'), 'device-unknown');
});
