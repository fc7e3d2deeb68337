import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { encodeCsrAttributes } from './csr-attributes.ts';
import { derInteger, derOid, readDerOid, readDerTime, derTime, derGeneralizedTime } from './der-types.ts';

test('CSR attributes: the old form of RFC 8951, then the template of RFC 9908, octet by octet', () => {
	const ecPublicKey = '06072a8648ce3d0201';
	const p256 = '06082a8648ce3d030107';
	const old = `3015${ecPublicKey}310a${p256}06082a8648ce3d040302`;
	// version 0, [0] the algorithm without a key, [1] nothing.
	const template = `301c020100a0153013${ecPublicKey}${p256}a100`;
	const attribute = `302d060b2a864886f70d010910023d311e${template}`;
	assert.equal(Buffer.from(encodeCsrAttributes()).toString('hex'), `3050${old}${attribute}`);
	const { stdout } = spawnSync('openssl', ['asn1parse', '-inform', 'DER'], {
		input: encodeCsrAttributes(),
		encoding: 'utf8',
	});
	assert.match(stdout, /id-ecPublicKey\s[^]*prime256v1[^]*ecdsa-with-SHA256[^]*1\.2\.840\.113549\.1\.9\.16\.2\.61/);
});

test('integers and object identifiers are the shortest DER', () => {
	const hex = (der: Uint8Array): string => Buffer.from(der).toString('hex');
	for (const [value, der] of [
		[0, '020100'],
		[127, '02017f'],
		[128, '02020080'],
		[Uint8Array.of(0, 0, 0x80), '02020080'],
		[1_800_000_000_000, '020601a3185c5000'],
	] as const) {
		assert.equal(hex(derInteger(value)), der);
	}
	for (const oid of [
		'1.2.840.113549.1.9.16.2.61',
		'2.5.29.21',
		'2.16.840.1.101.3.4.2.1',
		'2.999.3',
		'0.9.2342',
		'1.3.101.112',
	])
		assert.equal(readDerOid(derOid(oid)), oid);
	assert.equal(hex(derOid('2.999.3')), '0603883703');
});

test('times have whole seconds; UTCTime until 2049, GeneralizedTime from 2050', () => {
	const [last, first] = [Date.UTC(2049, 11, 31, 23, 59, 59), Date.UTC(2050, 0, 1)];
	assert.equal(Buffer.from(derTime(last)).toString('latin1', 2), '491231235959Z');
	assert.equal(Buffer.from(derTime(first)).toString('latin1', 2), '20500101000000Z');
	for (const at of [0, last, first, Date.UTC(1950, 0)]) {
		assert.equal(readDerTime(derTime(at)), at);
		assert.equal(readDerTime(derGeneralizedTime(at)), at);
	}
	assert.equal(readDerTime(Uint8Array.of(0x17, 0x00)), null);
});
