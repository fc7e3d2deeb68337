import assert from 'node:assert/strict';
import { ECDH, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
	BasicConstraints,
	ExtendedKeyUsage,
	GeneralName,
	id_kp_clientAuth,
	id_kp_serverAuth,
	KeyUsage,
	KeyUsageFlags,
	SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import { type KeyEvidence, softwareKey } from '../device/key-evidence.ts';
import type { CertificationRequest, CsrExtension } from '../format/csr.ts';
import { derBits, derOid, derSequence } from '../format/der-types.ts';
import { keyThumbprint } from '../format/public-key.ts';
import { testSigner } from '../format/signer.fixture.ts';
import { parsePolicy } from '../policy/read-policy.ts';
import type { Policy } from '../policy/policy.ts';
import type { PublishedKeys } from '../keycheck/published-keys.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Token } from '../port/admission-store.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Principal } from '../port/principal.ts';
import type { ErrorCode } from '../problem/code.ts';
import { principalSubject } from './certificate-profile.ts';
import { judgeHolder } from './client-authentication.ts';
import type { Judgement } from './judgement.ts';
import { judgeKeyChange } from './key-change.ts';
import { isPresent } from './present-certificate.ts';
import { type Enrolment, judgeEnrolment, judgeIntent, judgeRenewal } from './registrar.ts';

const now = 1_800_000_000_000;

const policy = (authenticity: number, mode: Policy['mode'], custody = 'software, tpm2'): Policy =>
	parsePolicy(`
application: hall
level: { authenticity: ${authenticity}, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 1, resistance: 1 }
mode: ${mode}
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [${custody}], streams: [dose-rate] }
`);

const publicKey = testSigner().publicKey;
const rsa = (bits: number): Uint8Array =>
	new Uint8Array(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type: 'spki', format: 'der' }));
const rsa2048 = rsa(2048);
const downloadable = rsa(2048);
/** One key in the world is published: `downloadable`. */
const published: PublishedKeys = new Map([
	[
		Buffer.from(keyThumbprint(downloadable)).toString('hex'),
		{ kind: 'product', where: 'in the firmware of 7 products', cve: null },
	],
]);

const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
const principal: Principal = { ...name, class: 'probe', part: null, state: 'expected', at: 0 };
const token: Token = { hash: new Uint8Array(32), principal: name, expires: now + 1, spentFor: null };
const request: CertificationRequest = { publicKey, subject: [], extensions: [], challengePassword: null };
const issued: IssuedCertificate = {
	fingerprint: new Uint8Array(32).fill(5),
	serial: '40',
	principal: name,
	key: keyThumbprint(publicKey),
	evidence: softwareKey,
	notBefore: now - 1000,
	notAfter: now + 1000,
	der: new Uint8Array(),
	revoked: null,
};

/** An enrolment that is admitted, but for what is changed. */
const enrolment = (change: Partial<Enrolment> & { readonly publicKey?: Uint8Array } = {}): Enrolment => {
	const used = change.publicKey ?? publicKey;
	return {
		principal,
		token,
		published,
		request: { ...request, publicKey: used },
		label: null,
		key: { publicKey: used, evidence: softwareKey, revoked: null, holders: [], certificates: [] },
		policy: policy(2, 'enforce'),
		link: { protocol: 'TLSv1.3', groups: 'any' },
		now,
		...change,
	};
};

const codes = (judgement: Judgement): ErrorCode[] | 'admitted' =>
	judgement.admit ? 'admitted' : judgement.refusals.map(({ code }) => code);

test('an expected device with a good key and its token is admitted without findings', () => {
	assert.deepEqual(judgeEnrolment(enrolment()), { admit: true, findings: [] });
});

test('a key in another form than its canonical one is refused in either mode, and is published or held in any form', () => {
	const point = ECDH.convertKey(publicKey.subarray(-65), 'prime256v1', undefined, undefined, 'compressed') as Buffer;
	const ec = derSequence(derOid('1.2.840.10045.2.1'), derOid('1.2.840.10045.3.1.7'));
	const compressed = derSequence(ec, derBits(point));
	const bare = derSequence(derSequence(derOid('1.2.840.113549.1.1.1')), derBits(downloadable.subarray(24)));
	for (const mode of ['enforce', 'audit'] as const) {
		const judgement = judgeEnrolment(enrolment({ policy: policy(1, mode), publicKey: compressed }));
		assert.deepEqual(codes(judgement), ['key-form']);
	}
	assert.deepEqual(codes(judgeEnrolment(enrolment({ publicKey: bare, policy: policy(1, 'audit') }))), [
		'key-form',
		'key-published',
	]);
	assert.deepEqual(keyThumbprint(compressed), keyThumbprint(publicKey));
});

test('each thing wrong with the token, the name or the policy refuses with its own code', () => {
	const cases: [Partial<Enrolment>, ErrorCode][] = [
		[{ token: null }, 'token-unknown'],
		[{ token: { ...token, expires: now } }, 'token-expired'],
		[{ token: { ...token, spentFor: new Uint8Array(32) } }, 'token-spent'],
		[{ principal: { ...principal, state: 'active' } }, 'token-spent'],
		[{ principal: null }, 'device-not-expected'],
		[{ principal: { ...principal, state: 'retired' } }, 'device-not-expected'],
		[{ policy: null }, 'policy-unknown-application'],
		[{ principal: { ...principal, class: 'gone' } }, 'policy-unknown-reference'],
		[{ label: 'lab' }, 'csr-subject'],
	];
	for (const [change, code] of cases) assert.deepEqual(codes(judgeEnrolment(enrolment(change))), [code], code);
	const spentForThis = { ...token, spentFor: keyThumbprint(publicKey) };
	assert.equal(codes(judgeEnrolment(enrolment({ token: spentForThis }))), 'admitted');
	assert.equal(
		codes(judgeEnrolment(enrolment({ token: spentForThis, principal: { ...principal, state: 'active' } }))),
		'admitted',
	);
});

test('a stranger without a token learns nothing of keys, names or policy', () => {
	const everythingWrong = enrolment({
		token: null,
		principal: null,
		policy: null,
		key: { publicKey, evidence: softwareKey, revoked: null, holders: [{ ...name, id: 'probe-2' }], certificates: [] },
	});
	assert.deepEqual(codes(judgeEnrolment(everythingWrong)), ['token-unknown']);
});

test('a key seen before refuses the newcomer in every mode and says nothing of the incumbent', () => {
	const holders = [{ ...name, id: 'incumbent-7' }];
	for (const mode of ['enforce', 'audit'] as const) {
		const judgement = judgeEnrolment(
			enrolment({
				policy: policy(0, mode),
				key: { publicKey, evidence: softwareKey, revoked: null, holders, certificates: [] },
			}),
		);
		assert.deepEqual(codes(judgement), ['key-seen-before']);
		assert.ok(!JSON.stringify(judgement).includes('incumbent-7'));
	}
	for (const other of [
		{ ...name, kind: 'reader' as const },
		{ ...name, application: 'other' },
	]) {
		const key = { publicKey, evidence: softwareKey, revoked: null, holders: [other], certificates: [] };
		assert.deepEqual(codes(judgeEnrolment(enrolment({ key }))), ['key-seen-before']);
	}
	const own = { publicKey, evidence: softwareKey, revoked: null, holders: [name], certificates: [issued] };
	assert.equal(codes(judgeEnrolment(enrolment({ key: own }))), 'admitted');
});

test('a key whose certificate was revoked does not come back with a new token', () => {
	const certificates = [{ ...issued, revoked: { at: now, cause: 'keyCompromise' as const, reason: 'stolen' } }];
	const key = { publicKey, evidence: softwareKey, revoked: null, holders: [name], certificates };
	assert.deepEqual(codes(judgeEnrolment(enrolment({ key, policy: policy(0, 'audit') }))), ['certificate-revoked']);
});

const judgeKey = (used: Uint8Array, level: number, mode: Policy['mode']) =>
	judgeEnrolment(enrolment({ publicKey: used, policy: policy(level, mode) }));
assert.equal(codes(judgeKey(rsa2048, 1, 'enforce')), 'admitted');

test('key strength: 112, 128 and the list, refused in enforce, shown in report, never below 2048 bits', () => {
	assert.deepEqual(codes(judgeKey(rsa2048, 2, 'enforce')), ['csr-key']);
	const shown = judgeKey(rsa2048, 2, 'audit');
	assert.ok(shown.admit);
	assert.deepEqual(
		shown.findings.map(({ requirement }) => requirement),
		['key-strength'],
	);
	assert.deepEqual(codes(judgeKey(rsa(1024), 0, 'audit')), ['csr-key']);
	const p521 = generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).publicKey.export({ type: 'spki', format: 'der' });
	assert.deepEqual(codes(judgeKey(new Uint8Array(p521), 0, 'audit')), ['csr-key']);
	assert.equal(codes(judgeKey(rsa(3072), 2, 'enforce')), 'admitted');
});

test('custody: a key in software is refused where hardware is asked, admitted with findings in report', () => {
	const enforced = judgeEnrolment(enrolment({ policy: policy(3, 'enforce') }));
	assert.deepEqual(codes(enforced), ['evidence-missing', 'device-not-expected']);
	const reported = judgeEnrolment(enrolment({ policy: policy(4, 'audit', 'tpm2') }));
	assert.ok(reported.admit);
	assert.deepEqual(
		new Set(reported.findings.map(({ requirement }) => requirement)),
		new Set(['key-custody', 'expected-device']),
	);
	assert.deepEqual(codes(judgeEnrolment(enrolment({ policy: policy(1, 'enforce', 'tpm2') }))), ['custody-too-weak']);
});

test('custody: what the part and its manufacturer say counts as far as it goes, and for this very part alone', () => {
	const judged = (level: number, evidence: Partial<KeyEvidence>, part: string | null) => {
		const key = {
			publicKey,
			evidence: { ...softwareKey, custody: 'tpm2' as const, ...evidence },
			revoked: null,
			holders: [],
			certificates: [],
		};
		const which = { policy: policy(level, 'enforce', 'tpm2'), key, principal: { ...principal, part } };
		return codes(judgeEnrolment(enrolment(which)));
	};
	const attested = { proof: 'attested', part: 'ek:01', manufacturer: 'mill' } as const;
	assert.equal(judged(4, attested, 'ek:01'), 'admitted');
	assert.equal(judged(4, { ...attested, emulated: true }, 'ek:01'), 'admitted', 'its root is named by the site');
	assert.deepEqual(judged(4, attested, null), ['device-not-expected'], 'no part was expected');
	assert.deepEqual(judged(4, attested, 'ek:02'), ['part-unexpected', 'device-not-expected'], 'another part');
	assert.deepEqual(judged(1, attested, 'ek:02'), ['part-unexpected'], 'named by the operator, whatever the level');
	assert.deepEqual(judged(1, {}, 'ek:02'), ['evidence-missing'], 'no part shown');
	assert.equal(judged(3, attested, null), 'admitted');
	assert.equal(judged(3, { ...attested, proof: 'endorsed' }, null), 'admitted');
	assert.deepEqual(judged(4, { ...attested, proof: 'endorsed' }, 'ek:01'), ['custody-too-weak', 'device-not-expected']);
	assert.deepEqual(judged(3, { proof: 'claimed' }, null), ['custody-too-weak', 'device-not-expected']);
	assert.equal(judged(2, { proof: 'claimed' }, null), 'admitted');
});

test('custody and class are asked of devices; a reader needs neither', () => {
	const reader: Principal = {
		kind: 'reader',
		application: 'hall',
		id: 'desk',
		class: null,
		part: null,
		state: 'expected',
		at: 0,
	};
	assert.deepEqual(judgeEnrolment(enrolment({ principal: reader, policy: policy(3, 'enforce') })), {
		admit: true,
		findings: [],
	});
});

const extension = (oid: string, value: object): CsrExtension => ({
	oid,
	critical: true,
	value: new Uint8Array(AsnConvert.serialize(value)),
});

test('a request for CA rights, foreign usages, names or unknown extensions is refused in every mode', () => {
	const forbidden: CsrExtension[] = [
		extension('2.5.29.19', new BasicConstraints({ cA: true })),
		extension('2.5.29.15', new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign)),
		extension('2.5.29.37', new ExtendedKeyUsage([id_kp_clientAuth, id_kp_serverAuth])),
		extension('2.5.29.17', new SubjectAlternativeName([new GeneralName({ dNSName: 'keyward.example' })])),
		extension('1.2.3.4', new BasicConstraints()),
		{ oid: '2.5.29.19', critical: false, value: Uint8Array.of(0xff) },
	];
	for (const one of forbidden) {
		const judgement = judgeEnrolment(
			enrolment({ request: { ...request, extensions: [one] }, policy: policy(0, 'audit') }),
		);
		assert.deepEqual(codes(judgement), ['csr-forbidden-extension'], one.oid);
	}
	const allowed = [
		extension('2.5.29.19', new BasicConstraints()),
		extension('2.5.29.15', new KeyUsage(KeyUsageFlags.digitalSignature)),
		extension('2.5.29.37', new ExtendedKeyUsage([id_kp_clientAuth])),
	];
	assert.equal(codes(judgeEnrolment(enrolment({ request: { ...request, extensions: allowed } }))), 'admitted');
});

const judge = (subject: CertificationRequest['subject']) =>
	codes(judgeEnrolment(enrolment({ request: { ...request, subject } })));
assert.equal(judge([['CN', 'probe-1']]), 'admitted');

test('a subject is absent or the own one', () => {
	assert.equal(
		judge([
			['O', 'hall'],
			['CN', 'probe-1'],
			['serialNumber', 'probe-1'],
		]),
		'admitted',
	);
	assert.deepEqual(judge([['CN', 'probe-2']]), ['csr-subject']);
	assert.deepEqual(
		judge([
			['CN', 'probe-1'],
			['O', 'other'],
		]),
		['csr-subject'],
	);
	assert.deepEqual(
		judge([
			['CN', 'probe-1'],
			['1.2.840.113549.1.9.1', 'a@b.example'],
		]),
		['csr-subject'],
	);
});

test('a key whose private half is published admits nobody, not even in mode report', () => {
	assert.deepEqual(codes(judgeEnrolment(enrolment({ publicKey: downloadable, policy: policy(1, 'audit') }))), [
		'key-published',
	]);
	assert.equal(codes(judgeEnrolment(enrolment({ publicKey: rsa2048, policy: policy(1, 'audit') }))), 'admitted');
});

test('renewal judges certificate, state and everything else again', () => {
	const active: Principal = { ...principal, state: 'active' };
	const other: PrincipalName = { ...name, id: 'probe-2' };
	const holders: PrincipalName[] = [name];
	const key = { publicKey, evidence: softwareKey, revoked: null, holders, certificates: [issued] };
	const renewal = {
		principal: active,
		certificate: issued,
		request: { ...request, subject: principalSubject(name) },
		label: 'hall' as string | null,
		key,
		policy: policy(2, 'enforce'),
		link: { protocol: 'TLSv1.3', groups: 'any' } as const,
		published,
		now,
		held: [issued],
		issuerCounts: true,
	};
	assert.equal(codes(judgeRenewal(renewal)), 'admitted');
	const revoked = { ...issued, revoked: { at: now, cause: 'unspecified' as const, reason: 'lost' } };
	const later = { ...issued, key: new Uint8Array(32).fill(9) };
	const cases: [Partial<typeof renewal> | { certificate: null }, ErrorCode][] = [
		[{ certificate: null }, 'certificate-unknown'],
		[{ certificate: revoked }, 'certificate-revoked'],
		[{ certificate: { ...issued, notAfter: now - 1 } }, 'certificate-expired'],
		[{ principal: { ...active, state: 'retired' } }, 'device-not-expected'],
		[{ principal }, 'device-not-expected'],
		[{ request }, 'csr-subject'],
		[{ label: 'lab' }, 'csr-subject'],
		[{ key: { ...key, holders: [name, other] } }, 'key-seen-before'],
		[{ issuerCounts: false }, 'ca-retired'],
		[{ held: [issued, later] }, 'key-superseded'],
	];
	for (const [change, code] of cases) assert.deepEqual(codes(judgeRenewal({ ...renewal, ...change })), [code], code);
	const stricter = judgeRenewal({ ...renewal, policy: policy(3, 'enforce') });
	assert.deepEqual(codes(stricter), ['evidence-missing', 'device-not-expected']);
});

test('an older key is not certified beside a newer one, and new keys are few', () => {
	const key = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);
	const held = (seeds: readonly number[], at = now): IssuedCertificate[] =>
		seeds.map((seed) => ({ ...issued, key: key(seed), notBefore: at }));
	const judged = (presented: number, requested: number, all: readonly IssuedCertificate[]): ErrorCode[] =>
		judgeKeyChange(key(presented), key(requested), all, now).map(({ code }) => code);
	assert.deepEqual(judged(1, 1, held([1])), []);
	assert.deepEqual(judged(1, 2, held([1])), []);
	assert.deepEqual(judged(1, 1, held([1, 2])), ['key-superseded'], 'renewed');
	assert.deepEqual(judged(1, 3, held([1, 2])), ['key-superseded'], 'another new key');
	assert.deepEqual(judged(1, 2, held([1, 2])), [], 'the answer was lost');
	assert.deepEqual(judged(2, 2, held([1, 2])), []);
	const revoked = { at: now, cause: 'superseded', reason: '' } as const;
	assert.deepEqual(judged(1, 1, [...held([1]), ...held([2]).map((one) => ({ ...one, revoked }))]), []);
	assert.deepEqual(judged(6, 7, held([1, 2, 3, 4, 5, 6])), []);
	assert.deepEqual(judged(7, 8, held([1, 2, 3, 4, 5, 6, 7])), ['rekey-limit']);
	assert.deepEqual(judged(7, 7, held([1, 2, 3, 4, 5, 6, 7])), [], 'no new one');
	assert.deepEqual(judged(7, 8, held([1, 2, 3, 4, 5, 6, 7], now - 3_600_000)), [], 'an hour later');
});

test('a lifetime that was tightened counts at renewal, and for what is given again', () => {
	const tight: Policy = { ...policy(2, 'enforce'), parameters: { ...policy(2, 'enforce').parameters } };
	const asking = (hours: number): Policy => ({
		...tight,
		parameters: { ...tight.parameters, 'certificate-lifetime': hours * 3_600_000 },
	});
	const certificate = { ...issued, notBefore: now - 3 * 3_600_000, notAfter: now + 27 * 3_600_000 };
	const active: Principal = { ...principal, state: 'active' };
	const holder = { certificate, principal: active, issuerCounts: true };
	assert.equal(judgeHolder({ ...holder, policy: asking(30) }, now), null);
	assert.equal(judgeHolder({ ...holder, policy: asking(2) }, now)?.code, 'certificate-expired');
	assert.equal(isPresent(certificate, asking(30), active, now), true);
	assert.equal(isPresent(certificate, asking(29), active, now), false, 'a new one says when it really ends');
	assert.equal(isPresent(certificate, asking(30), active, now + 17 * 3_600_000 - 1), true);
	assert.equal(isPresent(certificate, asking(30), active, now + 17 * 3_600_000), false, 'a third is left');
});

test('an intent that a crash left is judged again before it is signed', () => {
	const spent = { ...token, spentFor: keyThumbprint(publicKey), expires: now - 1 };
	const key = { publicKey, evidence: softwareKey, revoked: null, holders: [name], certificates: [] };
	const intent = {
		...{ principal, key, policy: policy(2, 'enforce'), published, now, token: spent, certificate: null },
		issuerCounts: true,
	};
	assert.equal(codes(judgeIntent(intent)), 'admitted');
	assert.deepEqual(codes(judgeIntent({ ...intent, token: null })), ['device-not-expected']);
	assert.deepEqual(codes(judgeIntent({ ...intent, token })), ['device-not-expected']);
	assert.deepEqual(codes(judgeIntent({ ...intent, principal: { ...principal, state: 'retired' } })), [
		'device-not-expected',
	]);
	assert.deepEqual(codes(judgeIntent({ ...intent, policy: policy(3, 'enforce') })), [
		'evidence-missing',
		'device-not-expected',
	]);
	const renewal = {
		...intent,
		token: null,
		certificate: issued,
		principal: { ...principal, state: 'active' } as const,
	};
	assert.equal(codes(judgeIntent(renewal)), 'admitted');
	const revoked = { ...issued, revoked: { at: now, cause: 'unspecified' as const, reason: 'lost' } };
	assert.deepEqual(codes(judgeIntent({ ...renewal, certificate: revoked })), ['certificate-revoked']);
});

test('the link of EST is judged as every other link is; `audit` lets a weak one in and shows it', () => {
	const asking = (mode: 'enforce' | 'audit'): Policy => {
		const asked = policy(1, mode);
		return { ...asked, parameters: { ...asked.parameters, 'link-encryption': 'tls1.3-pq' } };
	};
	const hybrid = { protocol: 'TLSv1.3', groups: 'hybrid' } as const;
	assert.equal(codes(judgeEnrolment(enrolment({ policy: asking('enforce'), link: hybrid }))), 'admitted');
	for (const link of [{ protocol: 'TLSv1.3', groups: 'any' }, { protocol: 'TLSv1.2', groups: 'any' }, null] as const) {
		assert.deepEqual(codes(judgeEnrolment(enrolment({ policy: asking('enforce'), link }))), ['link-too-weak']);
		const shown = judgeEnrolment(enrolment({ policy: asking('audit'), link }));
		assert.deepEqual(shown.admit && shown.findings.map(({ code }) => code), ['link-too-weak']);
	}
});
