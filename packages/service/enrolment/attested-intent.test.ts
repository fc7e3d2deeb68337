import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import type { AttestationTrust } from '@keyward/core/attest';
import type { KeyEvidence } from '@keyward/core/device';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr, parseCsr } from '@keyward/core/format';
import { parsePolicy } from '@keyward/core/policy';
import type { PrincipalName, Store } from '@keyward/core/port';
import { makeEphemeralKey } from '@keyward/custody';
import { openMemoryStore } from '@keyward/store/memory';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { openAuthority } from '../authority/authority.ts';
import { strictPolicy } from './attestation.fixture.ts';
import { policyText } from './est-site.fixture.ts';
import { createRegistrar, type Registrar } from './registrar.ts';
import { overTls } from './est-connection.fixture.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const clock = { now: () => Date.now() };
const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
const part = `ek:${'0'.repeat(64)}`;
const attested: KeyEvidence = { custody: 'tpm2', proof: 'attested', part, manufacturer: 'mill', emulated: false };
const trust: AttestationTrust = {
	manufacturers: [{ name: 'mill', anchors: [], emulated: false }],
	revoked: new Set(),
	deniedFirmware: [],
};
const disbelief: AttestationTrust = { ...trust, manufacturers: [] };

/** An intent that was admitted on a TPM's word, and whose certificate a crash kept from being issued. */
const cutShort = async () => {
	const folder = temporaryFolder('keyward-intent-');
	const authority = await openAuthority({
		...{
			folder: join(folder, 'authority'),
			store: inventoryAt(folder),
			clock,
			entropy,
			applications: ['hall'],
			hostNames: [],
		},
	});
	const store = openMemoryStore();
	const site = { policy: parsePolicy(policyText().replace('30d', '7d')) };
	const start = (over: Store, whom: AttestationTrust): Registrar =>
		createRegistrar({
			...{ store: over, authority, clock, entropy, trust: whom, published: new Map() },
			policyOf: () => site.policy,
			urls: () => ({ service: 'https://localhost:1', mqtt: 'mqtts://localhost:2' }),
		});
	const cutting: Store = Object.create(store, {
		intend: {
			value: (...[intent, holders]: Parameters<Store['intend']>) =>
				store.intend({ ...intent, evidence: attested }, holders),
		},
		// The key is a software key, which no part would admit.
		principal: {
			value: async (of: PrincipalName) => {
				const principal = await store.principal(of);
				return principal && { ...principal, part: null };
			},
		},
		issue: { value: () => Promise.reject(new Problem('store-failed', 'the power is gone')) },
	}) as Store;
	const cut = start(cutting, trust);
	const { commissioning } = await cut.expectDevice('hall', 'probe-1', undefined, part);
	const key = makeEphemeralKey();
	await assert.rejects(
		cut.enrol(parseCsr(await buildCsr({ subject: [] }, key)), parseCommissioning(commissioning).token, overTls),
	);
	assert.equal((await store.openIntents()).length, 1);
	site.policy = strictPolicy();
	return { store, start, key };
};

test('what a crash cut short is finished on the evidence that it was admitted on, and renewed on it', async () => {
	const { store, start, key } = await cutShort();
	assert.deepEqual(await start(store, trust).recover(), { issued: 1, abandoned: 0 });
	const [certificate] = await store.certificates(name);
	assert.deepEqual(certificate?.evidence, attested);
	const csr = parseCsr(await buildCsr({ subject: principalSubject(name) }, key));
	const fingerprint = Buffer.from(certificate?.fingerprint ?? []).toString('hex');
	assert.equal((await start(store, trust).renew(csr, fingerprint, overTls)).length, 2);
	await assert.rejects(
		start(store, disbelief).renew(csr, fingerprint, overTls),
		(error) => error instanceof Problem && error.code === 'evidence-missing',
		'a manufacturer that the site has stopped believing',
	);
});

test('it is given up when the site has stopped believing the manufacturer, or the part is taken back', async () => {
	for (const whom of [disbelief, { ...trust, revoked: new Set([part]) }]) {
		const { store, start } = await cutShort();
		assert.deepEqual(await start(store, whom).recover(), { issued: 0, abandoned: 1 });
		assert.deepEqual(await store.certificates(name), []);
	}
});
