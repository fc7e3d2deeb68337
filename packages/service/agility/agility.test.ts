import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { days, hours, minutes, seconds } from '@keyward/core';
import { softwareKey } from '@keyward/core/device';
import { issuedAt, principalCertificate, siteRootCertificate } from '@keyward/core/enrol';
import { assembleCertificate, type CertificateContent, freezeCertificate, readCertificate } from '@keyward/core/format';
import { parsePolicy } from '@keyward/core/policy';
import type { IssuedCertificate } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store';
import { hallPolicy } from '@keyward/testing/service/site';
import { signerOf } from '@keyward/testing/service/key-signer';
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
