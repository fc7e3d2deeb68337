import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { days } from '../units/milliseconds.ts';
import published from '../../../vectors/manifest/trust-platform-lite.json' with { type: 'json' };
import { readManifest } from './manifest.ts';
import { endorse, makeAuthority, manufacturerOf, now } from './paper-tpm.fixture.ts';
import { readManifestSigner, readSignedElement } from './signed-element.ts';
import type { TrustAt } from './trust.ts';

/** Of a key that signs: nothing is said of its usage. */
const certify: typeof endorse = (issuer, terms) => endorse(issuer, { usage: null, ...terms });
const root = await makeAuthority('parts');
const makePair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const spkiOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));
const signing = makePair();
const certificate = await certify(root, { publicKey: spkiOf(signing.publicKey), notAfter: now - days(10) });
const manufacturer = { ...manufacturerOf(root), manifestSigners: [certificate] };
const trust = { manufacturers: [manufacturer], revoked: new Set<string>(), deniedFirmware: [] };
const inPart = [makePair().publicKey, makePair().publicKey] as const;
const deviceCertificate = await certify(root, { publicKey: spkiOf(inPart[0]) });
const x5c = [deviceCertificate, root.view.der].map((der) => Buffer.from(der).toString('base64'));

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = { typ: 'JWT', alg: 'ES256', 'x5t#S256': hash('sha256', certificate, 'base64url') };
const element = {
	version: 3,
	model: 'ATECC608C',
	partNumber: 'ATECC608C-TNGTLS',
	provisioningTimestamp: '2026-03-01T17:22:45.000Z',
	uniqueId: '0123f1822c38dd7a01',
	publicKeySet: {
		keys: [
			{ kid: '0', ...inPart[0].export({ format: 'jwk' }), x5c },
			{ kid: '2', ...inPart[1].export({ format: 'jwk' }) },
			{ kid: '9', kty: 'RSA', n: 'AQ', e: 'AQAB' },
		],
	},
};
const withKey = (change: object) => ({
	...element,
	publicKeySet: { keys: [{ ...element.publicKeySet.keys[0], ...change }] },
});
const signed = (payload: unknown = element, by: object = header, key: KeyObject = signing.privateKey) => {
	const parts = { protected: encode(by), payload: encode(payload) };
	const value = sign('sha256', Buffer.from(`${parts.protected}.${parts.payload}`), { key, dsaEncoding: 'ieee-p1363' });
	return { ...parts, header: { uniqueId: 'is not signed' }, signature: value.toString('base64url') };
};
const other = signed({ ...element, uniqueId: '02', publicKeySet: { keys: [] } });

const readText = (text: string, of = manufacturer, at: TrustAt = { trust, now }) =>
	readManifest([Buffer.from(text)], of, at);
const read = (...entries: readonly unknown[]) => readText(JSON.stringify(entries));
const isProblem =
	(code: string, said = /./) =>
	(error: unknown): boolean =>
		error instanceof Problem && error.code === code && said.test(error.detail);

test('a manufacturer says which parts it made, and which keys are in them', () => {
	assert.deepEqual(read(signed(), other), {
		signer: hash('sha256', certificate),
		parts: [
			{
				part: 'serial:0123f1822c38dd7a01',
				keys: [
					{ key: new Uint8Array(hash('sha256', spkiOf(inPart[0]), 'buffer')), slot: '0' },
					{ key: new Uint8Array(hash('sha256', spkiOf(inPart[1]), 'buffer')), slot: '2' },
				],
			},
			{ part: 'serial:02', keys: [] },
		],
	});
	const byName = { ...readManifestSigner(certificate), keyId: 'its-name' };
	const named = signed(element, { alg: 'ES256', kid: 'its-name' });
	assert.equal(readSignedElement(JSON.stringify(named), 1, [byName]).signer, byName);
});

test('the example that Microchip publishes is by its signer, and is the light kind', () => {
	const key = createPublicKey({ key: published.signer, format: 'jwk' });
	const point = spkiOf(key).subarray(-65);
	assert.equal(hash('sha1', point, 'base64url'), published.kid, 'the published name of the key');
	const fingerprint = Buffer.from(published['x5t#S256'], 'base64url').toString('hex');
	const signer = { fingerprint, identities: [], key, keyId: published.kid, notAfter: now };
	const { entry } = published;
	assert.throws(
		() => readSignedElement(JSON.stringify(entry), 1, [signer]),
		isProblem('manifest-malformed', /^Entry 1 lists no keys: this is the light manifest/),
	);
	const said = JSON.parse(Buffer.from(entry.payload, 'base64url').toString()) as object;
	assert.equal(encode(said), entry.payload);
	const changed = { ...entry, payload: encode({ ...said, uniqueId: '0123f1822c38dd7a02' }) };
	for (const [what, by] of [
		[changed, signer],
		[entry, { ...signer, key: signing.publicKey }],
		[entry, { ...signer, fingerprint: '00' }],
	] as const) {
		assert.throws(() => readSignedElement(JSON.stringify(what), 1, [by]), isProblem('manifest-signature'));
	}
});

test('one entry that somebody else signed, or nobody, or that was changed, refuses the file by its number', async () => {
	const stranger = makePair();
	const theirs = await certify(root, { publicKey: spkiOf(stranger.publicKey) });
	const good = signed();
	const cases: readonly (readonly [string, unknown, RegExp])[] = [
		['under the name of the signer', signed(element, header, stranger.privateKey), /was changed, or/],
		[
			'by a signer that the site does not name',
			signed(element, { ...header, 'x5t#S256': hash('sha256', theirs, 'base64url') }, stranger.privateKey),
			/no manifest signer that the site file names/,
		],
		['by nobody named', signed(element, { alg: 'ES256' }), /no manifest signer/],
		['without an algorithm', { ...signed(element, { ...header, alg: 'none' }), signature: 'AA' }, /ES256/],
		['with a MAC', signed(element, { ...header, alg: 'HS256' }), /ES256/],
		['with an extension', signed(element, { ...header, crit: ['b64'], b64: false }), /extension/],
		['changed', { ...good, payload: encode({ ...element, uniqueId: 'else' }) }, /was changed/],
		['cut', { ...good, signature: good.signature.slice(0, -4) }, /was changed/],
	];
	for (const [what, entry, said] of cases) {
		assert.throws(() => read(other, entry), isProblem('manifest-signature', said), what);
		assert.throws(() => read(other, entry), isProblem('manifest-signature', /^Entry 2 /), what);
	}
	assert.throws(
		() => readText(JSON.stringify([good]), { ...manufacturer, manifestSigners: [] }),
		isProblem('manifest-signature'),
	);
});

test('who signs, and when', async () => {
	const text = JSON.stringify([signed()]);
	const revoked = new Set([hash('sha256', certificate)]);
	assert.throws(
		() => readText(text, manufacturer, { trust: { ...trust, revoked }, now }),
		isProblem('endorsement-revoked'),
	);
	const late = { ...element, provisioningTimestamp: new Date(now - days(9)).toISOString() };
	assert.throws(() => read(signed(late)), isProblem('endorsement-expired', /^Entry 1 /));
	const soon = { ...element, provisioningTimestamp: new Date(now + days(2)).toISOString() };
	assert.throws(() => read(signed(soon)), isProblem('manifest-malformed', /in the future/));
	const second = makePair();
	const theirs = await certify(root, { publicKey: spkiOf(second.publicKey) });
	const by = signed(
		{ ...element, uniqueId: '03' },
		{ ...header, 'x5t#S256': hash('sha256', theirs, 'base64url') },
		second.privateKey,
	);
	const both = { ...manufacturer, manifestSigners: [certificate, theirs] };
	assert.throws(
		() => readText(JSON.stringify([other, by]), both),
		isProblem('manifest-malformed', /^Entry 2 is by another/),
	);
	const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey;
	const wrong = await certify(root, { publicKey: spkiOf(p384) });
	assert.throws(() => readManifestSigner(wrong), isProblem('certificate-malformed'));
});

test('signed, and still no part', () => {
	const off = Buffer.alloc(32, 7).toString('base64url');
	const foreign = { x5c: [Buffer.from(root.view.der).toString('base64')] };
	const cases: readonly (readonly [string, unknown, RegExp])[] = [
		['no object', 'x', /names no part/],
		['a malformed unique id', { ...element, uniqueId: 'a b' }, /names no part/],
		['no time', { ...element, provisioningTimestamp: 'yesterday' }, /RFC 3339/],
		['no list of keys', { ...element, publicKeySet: { keys: 'x' } }, /no list/],
		['far too many keys', { ...element, publicKeySet: { keys: Array.from({ length: 65 }, () => ({})) } }, /at most 64/],
		['a key off its curve', withKey({ x: off, y: off }), /not on the curve/],
		['half a key', withKey({ y: undefined }), /32 octets/],
		['a long coordinate', withKey({ x: `AA${off}` }), /32 octets/],
		['the certificate of another key', withKey(foreign), /"0" the certificate of another key/],
		['a malformed certificate', withKey({ x5c: ['AA=='] }), /another key/],
		['certificates that are no list', withKey({ x5c: 'AA==' }), /another key/],
		['a long name', withKey({ kid: 'x'.repeat(65) }), /longer than 64/],
	];
	for (const [what, payload, said] of cases) {
		assert.throws(() => read(other, signed(payload)), isProblem('manifest-malformed', said), what);
		assert.throws(() => read(other, signed(payload)), isProblem('manifest-malformed', /^Entry 2 /), what);
	}
});

test('a part twice, or one key in two parts', () => {
	assert.throws(
		() => read(signed(), other, signed()),
		isProblem('manifest-malformed', /^Entry 3 repeats serial:0123f/),
	);
	const copy = signed({ ...element, uniqueId: '04' });
	assert.throws(() => read(signed(), copy), isProblem('manifest-malformed', /^Entry 2 repeats a key/));
});

test('what is no manifest, at whatever byte it was cut', () => {
	const long = JSON.stringify([{ ...signed(), note: 'x'.repeat(70_000) }]);
	for (const text of [
		'',
		'{}',
		'[]',
		'[1]',
		'[null]',
		'[{}]',
		'[{"payload":"","protected":"","signature":""}]',
		'x',
		long,
	]) {
		assert.throws(() => readText(text), isProblem('manifest-malformed'), text.slice(0, 40));
	}
	assert.throws(
		() => readText(`[{"a":${'['.repeat(9)}${']'.repeat(9)}}]`),
		isProblem('manifest-malformed', /within each other/),
	);
	const whole = JSON.stringify([signed(), other]);
	for (const more of [',', '{}', '[', 'x'])
		assert.throws(() => readText(whole + more), isProblem('manifest-malformed'));
	for (let length = 0; length < whole.length; length += 7) {
		assert.throws(() => readText(whole.slice(0, length)), isProblem('manifest-malformed'), `${length} bytes`);
	}
	fc.assert(fc.property(fc.jsonValue(), (value) => assert.throws(() => readText(JSON.stringify(value)), Problem)));
});

test('it comes in pieces of any size, with brackets and quotes in its strings', () => {
	const note = '} ] , [ { \\ " \\" \u00fc\ud83d\ude00 \\\\';
	const text = `\n${JSON.stringify(
		[
			{ note, ...signed() },
			{ ...other, note },
		],
		null,
		'\t',
	)}\r\n `;
	const whole = readText(text);
	assert.equal(whole.parts.length, 2);
	const bytes = Buffer.from(text);
	fc.assert(
		fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (sizes) => {
			const chunks: Uint8Array[] = [];
			for (let at = 0, turn = 0; at < bytes.length; turn++) {
				const size = sizes[turn % sizes.length] ?? 1;
				chunks.push(bytes.subarray(at, at + size));
				at += size;
			}
			assert.deepEqual(readManifest(chunks, manufacturer, { trust, now }), whole);
		}),
		{ numRuns: 30 },
	);
});
