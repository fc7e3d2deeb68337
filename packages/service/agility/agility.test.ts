import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { days, hours, minutes, seconds } from '@keyward/core';
import { softwareKey } from '@keyward/core/device';
import {
	EXERCISE_PATIENCE,
	issuedAt,
	principalCertificate,
	type SaidOfKeys,
	siteRootCertificate,
} from '@keyward/core/enrol';
import { assembleCertificate, type CertificateContent, freezeCertificate, readCertificate } from '@keyward/core/format';
import { parsePolicy } from '@keyward/core/policy';
import type { IssuedCertificate } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { hallPolicy } from '@keyward/testing/service/site';
import { signerOf } from '@keyward/testing/service/key-signer';
import { openAskedRecord } from './asked-record.ts';
import { createAgility } from './agility.ts';
import { createKeyHistory } from './key-history.ts';

const entropy = { bytes: (count: number) => Uint8Array.from(randomBytes(count)) };
const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
const newSigner = () => signerOf(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
const ca = newSigner();
const certify = async (content: CertificateContent): Promise<Uint8Array> => {
	const frozen = freezeCertificate(content, ca.publicKey);
	return assembleCertificate(frozen, ca.publicKey, await ca.sign(frozen));
};

const newKeys = { over: 0, kind: null, newAuthority: false, link: null };

for (const lifetime of [minutes(10), hours(1), days(365)]) {
	test(`an exercise asks a device for one new key, and for no second one: certificates of ${lifetime / 1000} s`, async () => {
		let now = 1_800_000_000_000;
		const root = readCertificate(
			await certify(siteRootCertificate({ publicKey: ca.publicKey, now: now - days(1), entropy })),
		);
		const certificates: IssuedCertificate[] = [];
		/** As the registrar does when a device brings a new key. */
		const issue = async (): Promise<void> => {
			const key = newSigner().publicKey;
			const der = await certify(principalCertificate(name, key, root, { now, lifetime }, entropy));
			const { serial, notBefore, notAfter } = readCertificate(der);
			const [fingerprint, hash] = [der, key].map((bytes) => createHash('sha256').update(bytes).digest());
			assert.ok(fingerprint !== undefined && hash !== undefined);
			certificates.push({
				...{ fingerprint, serial, principal: name, key: hash, notBefore, notAfter, der, revoked: null },
				evidence: softwareKey,
			});
			assert.equal(issuedAt({ notBefore, notAfter }), now, 'a certificate begins before it is issued');
		};
		const agility = createAgility({
			store: openMemoryStore(),
			history: createKeyHistory({ certificates: () => Promise.resolve(certificates) }),
			policies: { policyOf: () => parsePolicy(hallPolicy) },
			said: () => null,
			record: await openAskedRecord(openMemoryStore()),
			clock: { now: () => now },
		});
		const mustRekey = async () => (await agility.asked(name, null)).rekey;
		await issue();
		assert.equal(await mustRekey(), false, 'nobody asked');
		now += seconds(1);
		await agility.start('hall', newKeys);
		assert.equal(await mustRekey(), true);
		now += seconds(1);
		await issue();
		assert.equal(await mustRekey(), false, 'it has a new key: asked once more, it would change keys without end');
		now += minutes(4);
		await agility.start('hall', newKeys);
		assert.equal(await mustRekey(), true, 'the next exercise asks again');
	});
}

/** A site with devices of one kind of key, and a clock that the test turns. */
const fleetSite = async (active: number, retired: number) => {
	const site = { now: 1_800_000_000_000 };
	const root = readCertificate(
		await certify(siteRootCertificate({ publicKey: ca.publicKey, now: site.now - days(1), entropy })),
	);
	const made = async (curve: 'prime256v1' | 'secp384r1', now: number): Promise<IssuedCertificate> => {
		const { publicKey } = signerOf(generateKeyPairSync('ec', { namedCurve: curve }).privateKey);
		const der = await certify(principalCertificate(name, publicKey, root, { now, lifetime: days(365) }, entropy));
		const { serial, notBefore, notAfter } = readCertificate(der);
		const [fingerprint, key] = [der, publicKey].map((bytes) => createHash('sha256').update(bytes).digest());
		assert.ok(fingerprint !== undefined && key !== undefined);
		return {
			fingerprint,
			serial,
			principal: name,
			key,
			notBefore,
			notAfter,
			der,
			revoked: null,
			evidence: softwareKey,
		};
	};
	const [old, renewed] = [await made('prime256v1', site.now), await made('secp384r1', site.now + seconds(2))];
	const store = openMemoryStore();
	const nameOf = (id: string) => ({ ...name, id });
	for (let index = 0; index < active + retired; index++) {
		const principal = nameOf(`probe-${index}`);
		const state = index < active ? 'active' : 'retired';
		await store.expect(
			{ ...principal, class: 'probe', part: null, state, at: site.now },
			{ hash: Uint8Array.from(randomBytes(32)), principal, expires: site.now + days(1), spentFor: null },
		);
	}
	site.now += seconds(1);
	const changed = new Set<string>();
	const words = new Map<string, SaidOfKeys>();
	const halts: string[] = [];
	const agility = createAgility({
		store,
		history: createKeyHistory({ certificates: async ({ id }) => (changed.has(id) ? [old, renewed] : [old]) }),
		policies: { policyOf: () => parsePolicy(hallPolicy) },
		said: (_, device) => words.get(device) ?? null,
		record: await openAskedRecord(store),
		clock: { now: () => site.now },
		onHalted: (_, reason) => halts.push(reason),
	});
	await agility.start('hall', { ...newKeys, kind: 'P-384' });
	const isAsked = async (index: number) => {
		const id = `probe-${index}`;
		return (await agility.asked(nameOf(id), words.get(id) ?? null)).rekey;
	};
	const fail = (index: number) =>
		words.set(`probe-${index}`, { makes: ['P-256', 'P-384'], link: 'tls1.3', failed: 'tpm-failed: no answer' });
	const retire = (index: number) => store.setState(nameOf(`probe-${index}`), 'active', 'retired', site.now);
	return { site, agility, changed, halts, words, isAsked, fail, retire };
};

for (const [active, allowed, retired] of [
	[10, 1, 0],
	[49, 1, 0],
	[100, 2, 0],
	[150, 3, 0],
	[100, 2, 200],
] as const)
	test(`an exercise of ${active} devices, and ${retired} that are retired, outlives ${allowed} that fail, and halts with one more`, async () => {
		const { agility, changed, halts, words, isAsked, fail } = await fleetSite(active, retired);
		const next = allowed + 1;
		for (let index = 0; index < allowed; index++) {
			assert.equal(await isAsked(index), true);
			fail(index);
		}
		assert.equal(await isAsked(next), true, 'so many may fail');
		assert.deepEqual([(await agility.exercise('hall'))?.state, halts], ['running', []]);
		fail(next);
		assert.equal(await isAsked(next + 1), false, 'nobody more is asked');
		const halted = await agility.exercise('hall');
		assert.equal(halted?.state, 'halted');
		assert.match(halted.reason ?? '', new RegExp(`^${allowed + 1} devices were asked and did not change: probe-0, `));
		assert.deepEqual(halts, [halted.reason]);
		assert.equal(await isAsked(0), false, 'nor one that failed');
		// The cause is mended.
		words.clear();
		await agility.resume('hall');
		for (let index = 0; index < active; index++) {
			assert.equal(await isAsked(index), true);
			changed.add(`probe-${index}`);
			assert.equal(await isAsked(index), false, 'it has the key');
		}
		assert.deepEqual(new Set((await agility.devices('hall')).map(({ state }) => state)), new Set(['done']));
		assert.equal(halts.length, 1);
	});

test('devices that were asked and say nothing halt an exercise after an hour; one that changed or was retired does not count', async () => {
	const { site, agility, changed, halts, isAsked, retire } = await fleetSite(10, 0);
	for (let index = 0; index < 4; index++) assert.equal(await isAsked(index), true);
	changed.add('probe-2');
	await retire(3);
	site.now += EXERCISE_PATIENCE - 1;
	assert.equal(await isAsked(4), true, 'they have an hour');
	changed.add('probe-1');
	site.now += 1;
	assert.equal(await isAsked(5), true, 'one alone fails');
	changed.add('probe-4');
	site.now += EXERCISE_PATIENCE;
	assert.equal(await isAsked(6), false);
	assert.deepEqual(halts, ['2 devices were asked and did not change: probe-0, probe-5']);
	assert.equal((await agility.exercise('hall'))?.state, 'halted');
});
