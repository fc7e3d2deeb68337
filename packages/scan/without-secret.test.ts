import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withoutSecret } from './list/without-secret.ts';

/** Every way in which a label or a name may repeat a secret. */
const forms = (secret: Buffer): readonly string[] => [
	secret.toString('hex'),
	secret.toString('hex').toUpperCase(),
	secret.toString('base64').replaceAll('=', ''),
	secret.toString('base64url'),
	secret.toString(),
];

const random = fc.uint8Array({ minLength: 8, maxLength: 32 });
const text = fc.string({ minLength: 8, maxLength: 10, unit: 'binary' });
/** Of these, base64url has hardly a letter or a digit. */
const dashes = fc.uint8Array({ minLength: 8, maxLength: 20 }).map((octets) => octets.map((octet) => octet | 0xfb));
const secrets = fc.oneof(
	random.map((octets) => Buffer.from(octets)),
	dashes.map((octets) => Buffer.from(octets)),
	text.map((characters) => Buffer.from(characters)),
);

test('no label shows a secret in any way that it may be written', () => {
	fc.assert(
		fc.property(secrets, fc.nat(4), (secret, way) => {
			const written = forms(secret)[way] ?? '';
			fc.pre(written.length >= 8);
			assert.ok(!withoutSecret(`line 3 of ${written}, psk`, secret, null).label.includes(written));
		}),
		{ numRuns: 500 },
	);
});

test('a name that is the secret, with marks or without and in either case, is not shown', () => {
	const spread = (name: string, mark: string): string => Array.from(name).join(mark);
	fc.assert(
		fc.property(secrets, fc.nat(4), fc.constantFrom('', ':', '-', ' '), fc.boolean(), (secret, way, mark, isUpper) => {
			const written = forms(secret)[way] ?? '';
			fc.pre(written.replaceAll(/[\s:._=-]/g, '').length >= 8 && !/[\p{C}\p{Z}]/u.test(written));
			const name = spread(isUpper && way < 4 ? written.toUpperCase() : written, mark);
			assert.ok(!withoutSecret(`row 3, psk of ${name}`, secret, name).label.includes(name), name);
		}),
		{ numRuns: 500 },
	);
	// The sign of the kelvin is written as a small `k`.
	const secret = Buffer.from('kkkkkkkk-key');
	assert.equal(withoutSecret('row 3, psk of x', secret, '\u212a'.repeat(8) + 'key').label, 'row 3, psk of x');
	assert.equal(
		withoutSecret(`row 3, psk of ${'\u212a'.repeat(8)}key`, secret, `${'\u212a'.repeat(8)}key`).label,
		'row 3, psk',
	);
});

test('other names and labels stay as they are', () => {
	fc.assert(
		fc.property(fc.uint8Array({ minLength: 12, maxLength: 40 }), fc.nat(1_000_000), (secret, number) => {
			const label = `row ${number}, psk of sensor-${number}`;
			fc.pre(secret.some((octet) => octet > 0x7f));
			assert.equal(withoutSecret(label, secret, `sensor-${number}`).label, label);
		}),
	);
});
