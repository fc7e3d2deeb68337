import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { principalCertificate } from '../enrol/certificate-profile.ts';
import { siteRootCertificate } from '../enrol/authority-profile.ts';
import { Problem } from '../problem/problem.ts';
import { days } from '../units/milliseconds.ts';
import { assembleCertificate, freezeCertificate, readCertificate } from './certificate.ts';
import { readCertificateParts } from './certificate-parts.ts';
import { testSigner } from './signer.fixture.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;

/** A root and a device's certificate under it. */
const chainAt = async (now: number, kind: Parameters<typeof testSigner>[0]): Promise<Uint8Array[]> => {
	const [root, device] = [testSigner(), testSigner(kind)];
	const certified = async (content: Parameters<typeof freezeCertificate>[0]): Promise<Uint8Array> => {
		const frozen = freezeCertificate(content, root.publicKey);
		return assembleCertificate(frozen, root.publicKey, await root.sign(frozen));
	};
	const authority = await certified(siteRootCertificate({ publicKey: root.publicKey, now, entropy }));
	const issuer = readCertificate(authority);
	const leaf = principalCertificate(name, device.publicKey, issuer, { now, lifetime: days(7) }, entropy);
	return [authority, await certified(leaf)];
};

test('the parts are those of the certificate as it is read whole, whatever its key, and in times of either form', async () => {
	// From 2050 on a time has four digits of the year (RFC 5280 §4.1.2.5).
	for (const now of [Date.UTC(2026, 10, 22, 12), Date.UTC(2061, 1, 3, 4, 5, 6)]) {
		for (const kind of ['P-256', 'P-384', 'Ed25519'] as const) {
			for (const der of await chainAt(now, kind)) {
				const parts = readCertificateParts(der);
				const whole = readCertificate(der);
				assert.deepEqual(parts, Object.fromEntries(Object.keys(parts).map((key) => [key, whole[key as never]])));
				assert.deepEqual(Object.keys(parts).length, 8);
			}
		}
	}
});

test('what is no certificate is refused', async () => {
	const [, der = new Uint8Array()] = await chainAt(Date.UTC(2026, 10, 22, 12), 'P-256');
	const altered = der.slice();
	// The tag of what is to be signed.
	altered[4] = 0x31;
	for (const bad of [new Uint8Array(), Uint8Array.of(0x30, 0), der.subarray(0, -1), Buffer.concat([der, der]), altered])
		assert.throws(
			() => readCertificateParts(bad),
			(error) => error instanceof Problem && error.code === 'certificate-malformed',
		);
});
