import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, SubjectAlternativeName } from '@peculiar/asn1-x509';
import type { CertificationRequest, CsrExtension } from '../format/csr.ts';
import { assembleCertificate, freezeCertificate } from '../format/certificate.ts';
import { encodeName } from '../format/distinguished-name.ts';
import { testSigner } from '../format/signer.fixture.ts';
import { principalSubject } from './certificate-profile.ts';
import { softwareKey } from '../device/key-evidence.ts';
import { judgeRequested, judgeRequestedAgain } from './requested-extensions.ts';

const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
const own = principalSubject(name);
const { publicKey } = testSigner();
const ask = (
	subject: CertificationRequest['subject'],
	extensions: readonly CsrExtension[] = [],
	label: string | null = null,
) => ({
	request: { publicKey, subject, extensions, challengePassword: null },
	label,
});
const codes = (refusals: readonly { readonly code: string }[]): string[] => refusals.map(({ code }) => code);

test('a renewal names the very subject of its certificate: no part of it, no other order, no name beside it', () => {
	assert.deepEqual(judgeRequestedAgain(ask(own), name), []);
	for (const subject of [
		[],
		own.slice(0, 2),
		own.toReversed(),
		[...own, ...own],
		[...own.slice(0, 2), ['CN', 'probe-1'] as const],
	])
		assert.deepEqual(codes(judgeRequestedAgain(ask(subject), name)), ['csr-subject']);
});

test('a renewal asks for no subjectAltName, as its certificate has none', () => {
	const value = new Uint8Array(
		AsnConvert.serialize(new SubjectAlternativeName([new GeneralName({ dNSName: 'keyward.example' })])),
	);
	const asked = ask(own, [{ oid: '2.5.29.17', critical: false, value }]);
	assert.deepEqual(codes(judgeRequestedAgain(asked, name)), ['csr-forbidden-extension']);
});

test('a renewal may repeat what its certificate has, and nothing beside it', async () => {
	const signer = testSigner();
	const value = Uint8Array.of(0x30, 0x00);
	const [crl, access] = ['2.5.29.31', '1.3.6.1.5.5.7.1.1'];
	const name1 = encodeName([['CN', 'probe-1']]);
	const frozen = freezeCertificate(
		{
			...{ serial: Uint8Array.of(1), issuer: name1, subject: name1, notBefore: 0, notAfter: 1000 },
			publicKey: signer.publicKey,
			extensions: [{ oid: crl, critical: false, value }],
		},
		signer.publicKey,
	);
	const der = assembleCertificate(frozen, signer.publicKey, await signer.sign(frozen));
	const asked = (oid: string, bytes = value) => ask(own, [{ oid, critical: false, value: bytes }]);
	assert.deepEqual(judgeRequestedAgain(asked(crl), name, { der, evidence: softwareKey }), []);
	for (const other of [asked(access), asked(crl, Uint8Array.of(0x05, 0x00))]) {
		assert.deepEqual(codes(judgeRequestedAgain(other, name, { der, evidence: softwareKey })), [
			'csr-forbidden-extension',
		]);
	}
	assert.deepEqual(codes(judgeRequested(asked(crl), name)), ['csr-forbidden-extension']);
});

test('a label names the own application or nothing', () => {
	for (const judge of [judgeRequested, judgeRequestedAgain]) {
		assert.deepEqual(judge(ask(own, [], 'hall'), name), []);
		assert.deepEqual(codes(judge(ask(own, [], 'lab'), name)), ['csr-subject']);
	}
});
