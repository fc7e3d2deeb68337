import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { issuingAuthorityCertificate, siteRootCertificate } from '../enrol/authority-profile.ts';
import { principalCertificate } from '../enrol/certificate-profile.ts';
import { ocspResponderCertificate } from '../enrol/responder-profile.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { days } from '../units/milliseconds.ts';
import {
	assembleCertificate,
	type CertificateContent,
	type CertificateView,
	freezeCertificate,
	readCertificate,
} from './certificate.ts';
import { encodeDer } from './der.ts';
import { derExtension, derInteger, derNull, derOctets, derOid, derSequence } from './der-types.ts';
import { OCSP_NONCE, OCSP_REQUEST_LIMIT, parseOcspRequest } from './ocsp-request.ts';
import { assembleOcsp, type CertificateStatus, freezeOcsp, ocspFailure, publicKeyHash } from './ocsp-response.ts';
import { encodePem } from './pem.ts';
import { testSigner } from './signer.fixture.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const now = Math.floor(Date.now() / 1000) * 1000;

const certify = async (content: CertificateContent, by: Signer): Promise<CertificateView> => {
	const frozen = freezeCertificate(content, by.publicKey);
	return readCertificate(assembleCertificate(frozen, by.publicKey, await by.sign(frozen)));
};

const makeSite = async () => {
	const [rootKey, issuingKey, responderKey] = [testSigner(), testSigner(), testSigner()];
	const terms = (key: Signer) => ({ publicKey: key.publicKey, now, entropy });
	const root = await certify(siteRootCertificate(terms(rootKey)), rootKey);
	const issuing = await certify(issuingAuthorityCertificate('hall', root, terms(issuingKey)), rootKey);
	const responder = await certify(ocspResponderCertificate(issuing, terms(responderKey)), issuingKey);
	const leaf = await certify(
		principalCertificate(
			{ kind: 'device', application: 'hall', id: 'probe-1' },
			testSigner().publicKey,
			issuing,
			{ now, lifetime: days(1) },
			entropy,
		),
		issuingKey,
	);
	return { root, issuing, responder, responderKey, leaf };
};

test('openssl asks with SHA-1 and SHA-256, and verifies good, revoked with its reason, unknown, and the nonce', async () => {
	const { root, issuing, responder, responderKey, leaf } = await makeSite();
	const folder = mkdtempSync(join(tmpdir(), 'keyward-ocsp-'));
	const file = (name: string): string => join(folder, name);
	const openssl = (...words: string[]) => spawnSync('openssl', ['ocsp', ...words], { encoding: 'utf8' });
	try {
		for (const [name, { der }] of Object.entries({ root, issuing, leaf }))
			writeFileSync(file(`${name}.pem`), encodePem('CERTIFICATE', der));
		const cases: [CertificateStatus, RegExp][] = [
			[{ status: 'good' }, /leaf\.pem: good/],
			[
				{ status: 'revoked', at: now - 1000, cause: 'keyCompromise' },
				/leaf\.pem: revoked[^]*Reason: keyCompromise[^]*Revocation Time/,
			],
			[{ status: 'revoked', at: now - 1000, cause: 'unspecified' }, /leaf\.pem: revoked(?![^]*Reason)/],
			[{ status: 'unknown' }, /leaf\.pem: unknown/],
		];
		for (const algorithm of ['sha1', 'sha256'] as const) {
			const asked = ['-issuer', file('issuing.pem'), `-${algorithm}`, '-cert', file('leaf.pem')];
			openssl(...asked, '-reqout', file('request.der'));
			const request = parseOcspRequest(new Uint8Array(readFileSync(file('request.der'))));
			const [id] = request.certificates;
			assert.ok(id !== undefined && request.nonce !== null);
			assert.equal(id.hash, algorithm);
			assert.equal(id.serial, leaf.serial);
			assert.deepEqual(id.issuerKey, publicKeyHash(algorithm, issuing.publicKey));
			for (const [certificate, said] of cases) {
				const data = freezeOcsp(
					{
						producedAt: now,
						answers: [{ id: id.der, certificate, thisUpdate: now, nextUpdate: now + 60_000 }],
						nonce: request.nonce,
					},
					responderKey.publicKey,
				);
				const signature = await responderKey.sign(data);
				writeFileSync(file('answer.der'), assembleOcsp(data, responderKey.publicKey, signature, responder.der));
				// The request read back has a nonce already; openssl would put another over it.
				const read = openssl(
					'-no_nonce',
					...asked,
					...['-reqin', file('request.der'), '-respin', file('answer.der')],
					...['-CAfile', file('root.pem')],
				);
				assert.match(read.stderr, /Response verify OK/);
				assert.doesNotMatch(read.stdout + read.stderr, /nonce/i);
				assert.match(read.stdout, said);
			}
		}
	} finally {
		rmSync(folder, { recursive: true });
	}
});

const certId = derSequence(
	derSequence(derOid('2.16.840.1.101.3.4.2.1'), derNull),
	derOctets(new Uint8Array(32)),
	derOctets(new Uint8Array(32)),
	derInteger(77),
);
const requestWith = (nonce: Uint8Array | null, ...more: readonly Uint8Array[]): Uint8Array =>
	derSequence(
		derSequence(
			derSequence(derSequence(certId), derSequence(certId)),
			...(nonce === null && more.length === 0
				? []
				: [
						encodeDer(
							0xa2,
							derSequence(...more, ...(nonce === null ? [] : [derExtension(OCSP_NONCE, derOctets(nonce))])),
						),
					]),
		),
	);

test('a nonce has 1 to 128 octets, a critical extension is known, and there is at most one wrapper', () => {
	assert.deepEqual(
		parseOcspRequest(requestWith(null)).certificates.map(({ serial, hash }) => [serial, hash]),
		[
			['4d', 'sha256'],
			['4d', 'sha256'],
		],
	);
	for (const length of [1, 16, 32, 128]) {
		assert.equal(parseOcspRequest(requestWith(new Uint8Array(length))).nonce?.length, length);
	}
	for (const length of [0, 129, 1000]) {
		assert.throws(() => parseOcspRequest(requestWith(new Uint8Array(length))), /nonce not of 1 to 128/);
	}
	assert.throws(() => parseOcspRequest(requestWith(null, derExtension('1.2.3.4', derNull, true))), /critical/);
	assert.equal(parseOcspRequest(requestWith(null, derExtension('1.2.3.4', derNull))).nonce, null);
	assert.throws(() => parseOcspRequest(derSequence(derSequence(derSequence()))), /empty list/);
});

test('a serial has one form, and each list, extension and field comes once and in its place', () => {
	const idWith = (...serial: number[]): Uint8Array =>
		derSequence(
			derSequence(derOid('2.16.840.1.101.3.4.2.1'), derNull),
			derOctets(new Uint8Array(32)),
			derOctets(new Uint8Array(32)),
			Uint8Array.of(0x02, serial.length, ...serial),
		);
	const listOf = (id: Uint8Array): Uint8Array => derSequence(derSequence(id));
	const ask = (...fields: Uint8Array[]) => parseOcspRequest(derSequence(derSequence(...fields)));
	const nonce = (octet: number): Uint8Array => derExtension(OCSP_NONCE, derOctets(Uint8Array.of(octet)));
	const malformed = { code: 'request-malformed' };
	for (const serial of [[77], [0], [0, 0x80], [0x7f, 0xff]]) {
		assert.equal(ask(listOf(idWith(...serial))).certificates.length, 1);
	}
	for (const serial of [[], [0, 77], [0, 0], [0, 0, 0x80], [0xff], [0x80, 1]]) {
		assert.throws(() => ask(listOf(idWith(...serial))), malformed, serial.join());
	}
	const list = listOf(idWith(77));
	const extensions = (...all: Uint8Array[]): Uint8Array => encodeDer(0xa2, derSequence(...all));
	assert.deepEqual(ask(list, extensions(nonce(1))).nonce, Uint8Array.of(1));
	assert.throws(() => ask(list, list), malformed);
	assert.throws(() => ask(extensions(nonce(1)), list), malformed);
	assert.throws(() => ask(list, extensions(nonce(1)), extensions(nonce(2))), malformed);
	assert.throws(() => ask(list, extensions(nonce(1), nonce(2))), /twice/);
});

test('whatever comes, it is a request or a Problem; and never more than the limit', () => {
	const good = requestWith(new Uint8Array(32));
	for (let length = 0; length < good.length; length++) {
		assert.throws(() => parseOcspRequest(good.subarray(0, length)), Problem);
	}
	assert.throws(() => parseOcspRequest(new Uint8Array(OCSP_REQUEST_LIMIT + 1)), Problem);
	const tried = (bytes: Uint8Array): void => {
		try {
			parseOcspRequest(bytes);
		} catch (error) {
			assert.ok(error instanceof Problem, String(error));
		}
	};
	fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), tried));
	fc.assert(
		fc.property(fc.nat(good.length - 1), fc.nat(255), (at, octet) => {
			const changed = Uint8Array.from(good);
			changed[at] = octet;
			tried(changed);
		}),
		{ numRuns: 2000 },
	);
});

test('failures are the five octets of RFC 6960', () => {
	assert.deepEqual(ocspFailure('malformedRequest'), Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x01));
	assert.deepEqual(ocspFailure('unauthorized'), Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x06));
});
