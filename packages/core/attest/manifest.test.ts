import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { readManifest } from './manifest.ts';
import { endorse, makeAuthority, makerOf } from './paper-tpm.fixture.ts';

const root = await makeAuthority('parts');
const signing = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const spkiOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));
const certificate = await endorse(root, { publicKey: spkiOf(signing.publicKey) });
const maker = { ...makerOf(root), manifestSigners: [certificate] };
const inPart = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = { typ: 'JWT', alg: 'ES256', kid: 'x', 'x5t#S256': hash('sha256', certificate, 'base64url') };
const element = {
	version: 3,
	model: 'ATECC608C',
	uniqueId: '0123f1822c38dd7a01',
	publicKeySet: {
		keys: [
			{ kid: '0', ...inPart.export({ format: 'jwk' }) },
			{ kid: '1', kty: 'oct', k: 'x' },
		],
	},
};
const signed = (payload: object = element, by: object = header, key: KeyObject = signing.privateKey) => {
	const parts = { protected: encode(by), payload: encode(payload) };
	const value = sign('sha256', Buffer.from(`${parts.protected}.${parts.payload}`), { key, dsaEncoding: 'ieee-p1363' });
	return { ...parts, header: { uniqueId: 'whatever' }, signature: value.toString('base64url') };
};
const read = (...entries: readonly unknown[]) => readManifest(JSON.stringify(entries), maker);
const refuses = (entries: readonly unknown[], code: string, what: string, of = maker): void =>
	assert.throws(
		() => readManifest(JSON.stringify(entries), of),
		(error) => error instanceof Problem && error.code === code,
		what,
	);

test('a maker says which parts it made, and with which keys', () => {
	const other = signed({ ...element, uniqueId: '0123000000000001ee', publicKeySet: { keys: [] } });
	assert.deepEqual(read(signed(), other), [
		{ part: 'serial:0123f1822c38dd7a01', keys: [spkiOf(inPart)] },
		{ part: 'serial:0123000000000001ee', keys: [] },
	]);
});

test('a manifest that somebody else signed, or nobody, or that was changed', async () => {
	const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	const theirs = await endorse(root, { publicKey: spkiOf(stranger.publicKey) });
	const mac = { ...header, alg: 'HS256' };
	const good = signed();
	const cases: readonly (readonly [string, unknown])[] = [
		['by another key under the name of the signer', signed(element, header, stranger.privateKey)],
		[
			'by a signer that the site does not name',
			signed(element, { ...header, 'x5t#S256': hash('sha256', theirs, 'base64url') }, stranger.privateKey),
		],
		['without an algorithm', { ...signed(element, { ...header, alg: 'none' }), signature: 'AA' }],
		['with a MAC', signed(element, mac)],
		['changed', { ...good, payload: encode({ ...element, uniqueId: 'other' }) }],
	];
	for (const [what, entry] of cases) refuses([entry], 'manifest-signature', what);
	refuses([good, cases[0]?.[1]], 'manifest-signature', 'one bad entry spoils the file');
	refuses([good], 'manifest-signature', 'no signer named', { ...maker, manifestSigners: [] });
});

test('what is no manifest', () => {
	for (const text of ['', '{}', '[]', '[1]', '[null]', '[{"payload":"","protected":"","signature":""}]']) {
		assert.throws(
			() => readManifest(text, maker),
			(error) => error instanceof Problem && error.code === 'manifest-malformed',
			text,
		);
	}
	refuses([signed({ ...element, uniqueId: 'a b' })], 'manifest-malformed', 'a unique id that is none');
	refuses([signed({ ...element, publicKeySet: { keys: 'x' } })], 'manifest-malformed', 'keys that are no list');
	const off = { kty: 'EC', crv: 'P-256', x: 'AQ', y: 'AQ' };
	refuses([signed({ ...element, publicKeySet: { keys: [off] } })], 'manifest-malformed', 'a key off its curve');
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			assert.throws(() => readManifest(JSON.stringify(value), maker), Problem);
		}),
	);
});
