import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { KeyUsageFlags } from '@peculiar/asn1-x509';
import {
	ATTESTATION_KEY_P256,
	objectAttributes,
	type ObjectAttribute,
	objectName,
	qualifiedName,
	handleName,
	SIGNING_KEY_P256,
	TPM_ALG,
	TPM_RH,
	TPM_ST,
} from '../format/tpm2/index.ts';
import { Problem } from '../problem/problem.ts';
import type { Refusal } from '../problem/refusal.ts';
import { days } from '../units/milliseconds.ts';
import { judgeAttestationKey } from './attestation-key.ts';
import { judgeCertifiedKey } from './certified-key.ts';
import { type EndorsedTpm, judgeEndorsementKey, partOfEndorsementKey } from './endorsement-key.ts';
import { identitiesOf, readPathCertificate } from '../path/path-certificate.ts';
import {
	endorse,
	makeAuthority,
	makePaperTpm,
	manufacturerOf,
	now,
	type PaperTpm,
	type Saying,
} from './paper-tpm.fixture.ts';
import { qualifyingData } from './qualifying-data.ts';
import { revocationsOf } from './revocation.ts';
import type { AttestationTrust } from './trust.ts';

const root = await makeAuthority('paper root');
const middle = await makeAuthority('paper works', root);
const tpm = makePaperTpm();
const certificate = await endorse(middle, { publicKey: tpm.endorsementSpki });
const trust: AttestationTrust = { manufacturers: [manufacturerOf(root)], revoked: new Set(), deniedFirmware: [] };
const fingerprint = (text: Uint8Array): string => partOfEndorsementKey(text);

const endorsed = (
	chain: readonly Uint8Array[],
	{ expected = null, at = now, whom = trust }: { expected?: string | null; at?: number; whom?: AttestationTrust } = {},
) => judgeEndorsementKey(chain, expected, { trust: whom, now: at });
const codeOf = (judged: EndorsedTpm | { readonly refusal: Refusal }): string =>
	'refusal' in judged ? judged.refusal.code : 'endorsed';

test('a TPM whose chain leads to a manufacturer is endorsed, by RSA and by P-256, with the root shown or left out', async () => {
	assert.deepEqual(endorsed([certificate, middle.view.der]), {
		endorsementKey: tpm.endorsementArea,
		part: fingerprint(tpm.endorsementSpki),
		manufacturer: 'paper-mill',
		emulated: false,
		path: [certificate, middle.view.der, root.view.der].flatMap((der) => identitiesOf(readPathCertificate(der))),
	});
	assert.equal(codeOf(endorsed([certificate, middle.view.der, root.view.der])), 'endorsed');
	const rsa = makePaperTpm('rsa-2048');
	const ofRsa = endorsed([await endorse(root, { publicKey: rsa.endorsementSpki })]);
	assert.ok('part' in ofRsa);
	assert.deepEqual(ofRsa.endorsementKey, rsa.endorsementArea);
	const emulator = { ...trust, manufacturers: [manufacturerOf(root, { name: 'swtpm', emulated: true })] };
	const simulated = endorsed([certificate, middle.view.der], { whom: emulator });
	assert.ok('part' in simulated && simulated.emulated && simulated.manufacturer === 'swtpm');
});

test('an endorsement certificate whose key is written as RSAES-OAEP is refused, and told why', async () => {
	// rsaEncryption and its NULL, and id-RSAES-OAEP in their place.
	const spki = Buffer.from(makePaperTpm('rsa-2048').endorsementSpki).toString('hex');
	const publicKey = new Uint8Array(Buffer.from(spki.replace('2a864886f70d010101', '2a864886f70d010107'), 'hex'));
	const judged = endorsed([await endorse(root, { publicKey })]);
	assert.ok('refusal' in judged);
	assert.equal(judged.refusal.code, 'csr-key');
	assert.match(judged.refusal.reason, /RSAES-OAEP/);
});

test('chains that are foreign, broken, reordered, lapsed, taken back, or for something else', async () => {
	const stranger = await makeAuthority('stranger');
	const foreign = await endorse(stranger, { publicKey: tpm.endorsementSpki });
	const other = await makeAuthority('paper works', root);
	const lapsed = await endorse(root, { publicKey: tpm.endorsementSpki, notAfter: now - 1 });
	const early = await endorse(root, { publicKey: tpm.endorsementSpki, notBefore: now + 60_000 });
	const tls = await endorse(root, { publicKey: tpm.endorsementSpki, purpose: '1.3.6.1.5.5.7.3.1' });
	const authority = await endorse(root, { publicKey: tpm.endorsementSpki, authority: true });
	const taken = {
		...trust,
		revoked: new Set(revocationsOf(middle.view.der)),
	};
	const cases: readonly (readonly [string, string, readonly Uint8Array[], AttestationTrust?])[] = [
		['nothing', 'endorsement-chain', []],
		['without the authority between', 'endorsement-untrusted', [certificate]],
		['reordered', 'endorsement-chain', [middle.view.der, certificate]],
		['another authority of the same name', 'endorsement-chain', [certificate, other.view.der]],
		['a foreign root', 'endorsement-untrusted', [foreign]],
		['a foreign root, shown', 'endorsement-untrusted', [foreign, stranger.view.der]],
		['a genuine root beside a foreign certificate', 'endorsement-chain', [foreign, root.view.der]],
		['too long', 'endorsement-chain', [certificate, ...Array.from({ length: 5 }, () => middle.view.der)]],
		['lapsed', 'endorsement-expired', [lapsed]],
		['not yet valid', 'endorsement-expired', [early]],
		['taken back', 'endorsement-revoked', [certificate, middle.view.der], taken],
		['for a TLS server', 'endorsement-chain', [tls]],
		['an authority', 'endorsement-chain', [authority]],
		['no manufacturer named', 'endorsement-untrusted', [certificate, middle.view.der], { ...trust, manufacturers: [] }],
	];
	for (const [what, code, chain, whom = trust] of cases) assert.equal(codeOf(endorsed(chain, { whom })), code, what);
	assert.throws(
		() => endorsed([certificate.subarray(0, -1)]),
		(error) => error instanceof Problem,
	);
});

test('an endorsement certificate says that its key decrypts, in the way of its kind', async () => {
	const rsa = makePaperTpm('rsa-2048');
	const { digitalSignature, keyEncipherment, keyAgreement, dataEncipherment } = KeyUsageFlags;
	const cases: readonly (readonly [string, string, PaperTpm, number | null])[] = [
		['RSA decrypts', 'endorsed', rsa, keyEncipherment],
		['RSA signs as well', 'endorsed', rsa, keyEncipherment | digitalSignature],
		['RSA says nothing', 'endorsement-chain', rsa, null],
		['RSA signs', 'endorsement-chain', rsa, digitalSignature],
		['RSA agrees', 'endorsement-chain', rsa, keyAgreement],
		['a curve agrees', 'endorsed', tpm, keyAgreement],
		['a curve says nothing', 'endorsement-chain', tpm, null],
		['a curve signs', 'endorsement-chain', tpm, digitalSignature],
		['a curve enciphers', 'endorsement-chain', tpm, keyEncipherment | dataEncipherment],
	];
	for (const [what, code, { endorsementSpki: publicKey }, usage] of cases) {
		const judged = endorsed([await endorse(root, { publicKey, usage })]);
		assert.equal(codeOf(judged), code, what);
		if ('refusal' in judged) assert.match(judged.refusal.reason, /key usage|used for .* alone/);
	}
});

test('a genuine TPM that belongs to another device', () => {
	const chain = [certificate, middle.view.der];
	assert.equal(codeOf(endorsed(chain, { expected: fingerprint(tpm.endorsementSpki) })), 'endorsed');
	const other = endorsed(chain, { expected: fingerprint(makePaperTpm().endorsementSpki) });
	assert.ok('refusal' in other);
	assert.deepEqual([other.refusal.code, other.refusal.requirement], ['part-unexpected', 'expected-device']);
});

test('endorsement keys of other kinds', async () => {
	for (const [namedCurve, code] of [
		['secp384r1', 'csr-key'],
		['prime256v1', 'endorsed'],
	] as const) {
		const { publicKey } = generateKeyPairSync('ec', { namedCurve });
		const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
		assert.equal(codeOf(endorsed([await endorse(root, { publicKey: spki })])), code, namedCurve);
	}
});

test('attestation keys that would sign foreign data, could leave, or have weak names', () => {
	assert.equal(judgeAttestationKey(tpm.attestationKey.area), null);
	const good = ['fixedTPM', 'fixedParent', 'sensitiveDataOrigin', 'userWithAuth', 'restricted', 'sign'] as const;
	for (const missing of ['fixedTPM', 'fixedParent', 'sensitiveDataOrigin', 'restricted', 'sign'] as const) {
		const attributes = objectAttributes(...good.filter((name) => name !== missing));
		const judged = judgeAttestationKey({ ...tpm.attestationKey.area, objectAttributes: attributes });
		assert.equal(judged?.code, 'attestation-key', missing);
	}
	const both = { ...tpm.attestationKey.area, objectAttributes: objectAttributes(...good, 'decrypt') };
	assert.equal(judgeAttestationKey(both)?.code, 'attestation-key');
	assert.equal(judgeAttestationKey({ ...tpm.attestationKey.area, nameAlg: TPM_ALG.SHA1 })?.code, 'attestation-key');
});

const device = 'reactor-hall/gamma-1';
const challenge = { nonce: new Uint8Array(32).fill(7), exporter: new Uint8Array(32).fill(9), device };
const dataFor = (of: PaperTpm): Uint8Array => qualifyingData({ ...challenge, publicKey: of.deviceKey.spki });

const judge = (
	of: PaperTpm,
	saying: Partial<Saying> = {},
	more: { publicKey?: Uint8Array; trust?: AttestationTrust } = {},
) =>
	judgeCertifiedKey(of.certify({ extraData: dataFor(of), ...saying }), {
		publicKey: of.deviceKey.spki,
		attestationKey: of.attestationKey.area,
		tpm: { endorsementKey: of.endorsementArea, part: 'ek:00', manufacturer: 'paper-mill', emulated: false },
		qualifyingData: dataFor(of),
		trust,
		...more,
	})?.code ?? null;

test('a key that the TPM certifies, and everything that is not one', () => {
	assert.equal(judge(tpm), null);
	const other = makePaperTpm();
	const noParent = qualifiedName(tpm.attestationKey.area, handleName(TPM_RH.ENDORSEMENT));
	const cases: readonly (readonly [string, string, Partial<Saying>])[] = [
		[
			'another nonce',
			'evidence-stale',
			{ extraData: qualifyingData({ ...challenge, nonce: new Uint8Array(32), publicKey: tpm.deviceKey.spki }) },
		],
		[
			'another connection',
			'evidence-stale',
			{ extraData: qualifyingData({ ...challenge, exporter: new Uint8Array(32), publicKey: tpm.deviceKey.spki }) },
		],
		[
			'another device',
			'evidence-stale',
			{ extraData: qualifyingData({ ...challenge, device: 'reactor-hall/gamma-2', publicKey: tpm.deviceKey.spki }) },
		],
		['another key in the data', 'evidence-stale', { extraData: dataFor(other) }],
		['no data', 'evidence-stale', { extraData: new Uint8Array() }],
		['signed by the device key', 'attestation-signature', { signedBy: tpm.deviceKey.privateKey }],
		['signed by another attestation key', 'attestation-signature', { signedBy: other.attestationKey.privateKey }],
		[
			'a quote',
			'key-not-attested',
			{ attested: { type: TPM_ST.ATTEST_QUOTE, pcrSelect: [], pcrDigest: new Uint8Array(32) } },
		],
		['the name of another key', 'key-not-attested', { name: objectName(other.deviceKey.area) }],
		['the public area of another key', 'key-not-attested', { key: other.deviceKey.area }],
		['an attestation key outside the endorsement key', 'attestation-key', { qualifiedSigner: noParent }],
		[
			'an attestation key of another TPM',
			'attestation-key',
			{
				qualifiedSigner: qualifiedName(
					tpm.attestationKey.area,
					qualifiedName(other.endorsementArea, handleName(TPM_RH.ENDORSEMENT)),
				),
			},
		],
	];
	for (const [what, code, saying] of cases) assert.equal(judge(tpm, saying), code, what);
	assert.equal(judge(tpm, {}, { publicKey: other.deviceKey.spki }), 'key-not-attested', 'a request for another key');
	const denied = { ...trust, deniedFirmware: [{ manufacturer: 'paper-mill', version: 13n }] };
	assert.equal(judge(tpm, { firmwareVersion: 13n }, { trust: denied }), 'firmware-denied');
	assert.equal(judge(tpm, { firmwareVersion: 14n }, { trust: denied }), null);
});

test('a device key that could be elsewhere too, or does more than sign', () => {
	const good = ['fixedTPM', 'fixedParent', 'sensitiveDataOrigin', 'userWithAuth', 'sign'] as const;
	const judgedWith = (...attributes: readonly ObjectAttribute[]) =>
		judge(
			makePaperTpm('ecc-p256', { device: { ...SIGNING_KEY_P256, objectAttributes: objectAttributes(...attributes) } }),
		);
	assert.equal(judgedWith(...good), null);
	for (const missing of ['fixedTPM', 'fixedParent', 'sensitiveDataOrigin', 'sign'] as const) {
		assert.equal(judgedWith(...good.filter((name) => name !== missing)), 'key-attributes', missing);
	}
	assert.equal(judgedWith(...good, 'restricted'), 'key-attributes');
	assert.equal(judgedWith(...good, 'decrypt'), 'key-attributes');
	const weak = makePaperTpm('ecc-p256', { device: { ...SIGNING_KEY_P256, nameAlg: TPM_ALG.SHA1 } });
	assert.equal(judge(weak), 'key-not-attested');
});

test('a swapped attestation key does not fit the challenged one', () => {
	const swapped = makePaperTpm('ecc-p256', { attestation: { ...ATTESTATION_KEY_P256, nameAlg: TPM_ALG.SHA384 } });
	const evidence = tpm.certify({ extraData: dataFor(tpm) });
	const judged = judgeCertifiedKey(evidence, {
		publicKey: tpm.deviceKey.spki,
		attestationKey: swapped.attestationKey.area,
		tpm: { endorsementKey: tpm.endorsementArea, part: 'ek:00', manufacturer: 'paper-mill', emulated: false },
		qualifyingData: dataFor(tpm),
		trust,
	});
	assert.equal(judged?.code, 'attestation-signature');
});

test('evidence that is cut short at any byte is malformed, never taken', () => {
	const evidence = tpm.certify({ extraData: dataFor(tpm) });
	for (const part of ['key', 'attest', 'signature'] as const) {
		for (let length = 0; length < evidence[part].length; length++) {
			const cut = { ...evidence, [part]: evidence[part].subarray(0, length) };
			const terms = {
				publicKey: tpm.deviceKey.spki,
				attestationKey: tpm.attestationKey.area,
				tpm: { endorsementKey: tpm.endorsementArea, part: 'ek:00', manufacturer: 'paper-mill', emulated: false },
				qualifyingData: dataFor(tpm),
				trust,
			};
			assert.throws(
				() => judgeCertifiedKey(cut, terms),
				(error) => error instanceof Problem && error.code === 'tpm-malformed',
			);
		}
	}
});

test('lifetimes are judged at the moment of asking', () => {
	assert.equal(codeOf(endorsed([certificate, middle.view.der], { at: now + days(499) })), 'endorsed');
	assert.equal(codeOf(endorsed([certificate, middle.view.der], { at: now + days(501) })), 'endorsement-expired');
});
