import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, diffieHellman, type JsonWebKey } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decode, Tag } from 'cbor2';
import { Problem } from '../../problem/problem.ts';
import { type Cbor, decodeCbor, encodeCbor, isMap, Tagged } from './cbor.ts';
import { spkiOfCoseKey } from './cose-key.ts';
import { decryptContent, encryptionContext, nonceOf, readEncrypt, readEncrypt0 } from './encrypt.ts';
import { algorithm, bytesHeader, header, type Headers, readHeaders } from './header.ts';
import { unwrapKey, wrappingKey } from './key-wrap.ts';
import { readSign1, toBeSigned, verifySign1 } from './sign1.ts';

// The published examples of the working group (cose-wg/Examples), in `../shared/vectors/cose` where that is there.

interface Key {
	readonly kty: string;
	readonly [member: string]: unknown;
}
interface Part {
	readonly key?: Key;
	readonly external?: string;
	readonly unsent?: { readonly IV_hex: string };
	readonly recipients?: readonly { readonly key: Key }[];
}
interface Vector {
	readonly title: string;
	readonly fail?: boolean;
	readonly input: {
		readonly plaintext: string;
		readonly sign0?: Part;
		readonly encrypted?: Part;
		readonly enveloped?: Part;
		readonly mac?: Part;
	};
	readonly intermediates: {
		readonly ToBeSign_hex?: string;
		readonly AAD_hex?: string;
		readonly CEK_hex?: string;
		readonly recipients?: readonly { readonly Context_hex?: string; readonly KEK_hex?: string }[];
	};
	readonly output: { readonly cbor: string };
}

const folder = fileURLToPath(new URL('../../../../../shared/vectors/cose', import.meta.url));
const none = new Uint8Array();

const unhex = (text = ''): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

/** Members with `_hex` are the same in other letters. */
const jwk = (key: Key): JsonWebKey => {
	const members = Object.entries(key).map(([name, value]) =>
		name.endsWith('_hex') && typeof value === 'string'
			? [name.slice(0, -4), Buffer.from(value, 'hex').toString('base64url')]
			: [name, value],
	);
	return Object.fromEntries(members) as JsonWebKey;
};

const spki = (key: Key): Uint8Array =>
	new Uint8Array(createPublicKey({ key: jwk(key), format: 'jwk' }).export({ type: 'spki', format: 'der' }));

/** The same message with the keys of its maps in order: what is covered by a signature or cipher is a byte string, and stays. */
const sorted = (bytes: Uint8Array): Cbor => decodeCbor(encodeCbor(plain(decode(bytes))));

const plain = (value: unknown): Cbor => {
	if (value instanceof Tag) return new Tagged(Number(value.tag), plain(value.contents));
	if (value instanceof Map) {
		return new Map([...(value as Map<number, unknown>)].map(([key, item]) => [key, plain(item)]));
	}
	if (Array.isArray(value)) return value.map(plain);
	if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value as Cbor;
	// What this decoder makes of a map without keys.
	assert.deepEqual(value, {});
	return new Map();
};

/** The algorithm that a message is protected by; where it has none there, the one that its sender put beside it. */
const algorithmOf = ({ protected: covered, unprotected }: Headers): Cbor | undefined =>
	covered.get(header.alg) ?? unprotected.get(header.alg);

/** The text, or null: what refuses by a Problem refuses. */
const attempt = <T>(run: () => T | null): T | null => {
	try {
		return run();
	} catch (problem) {
		assert(problem instanceof Problem && problem.code === 'seal-malformed', String(problem));
		return null;
	}
};

const decrypt = (
	context: 'Encrypt0' | 'Encrypt',
	vector: Vector,
	part: Part,
	message: { readonly headers: Headers; readonly ciphertext: Uint8Array },
	key: Uint8Array,
): string | null => {
	const aad = encryptionContext(context, message.headers, unhex(part.external));
	const alg = algorithmOf(message.headers);
	if (typeof alg !== 'number') return null;
	const { unprotected } = message.headers;
	// Both sides know the first bytes of a nonce whose end alone is sent.
	const iv = unprotected.has(header.partialIv)
		? nonceOf(unhex(part.unsent?.IV_hex).fill(0, 8), bytesHeader(unprotected, header.partialIv))
		: bytesHeader(unprotected, header.iv);
	const text = decryptContent(message.ciphertext, { algorithm: alg, key, iv, aad });
	if (text !== null) assert.equal(hex(aad), vector.intermediates.AAD_hex);
	return text === null ? null : Buffer.from(text).toString();
};

const symmetric = (part: Part): Uint8Array =>
	new Uint8Array(Buffer.from(String(part.recipients?.[0]?.key['k']), 'base64url'));

const opened = (vector: Vector, name: string): string | boolean | null => {
	const { sign0, encrypted, enveloped } = vector.input;
	const bytes = unhex(vector.output.cbor);
	const tagged = !/pass-03/.test(name);
	if (sign0?.key !== undefined) {
		const { key, external } = sign0;
		return attempt(() => {
			const value = decodeCbor(bytes);
			const message = readSign1(tagged ? value : new Tagged(18, value));
			if (vector.fail !== true) {
				assert.equal(
					hex(toBeSigned(message.headers, message.payload, unhex(external))),
					vector.intermediates.ToBeSign_hex,
				);
			}
			return verifySign1(message, spki(key), unhex(external)) || null;
		});
	}
	if (encrypted !== undefined) {
		return attempt(() =>
			decrypt('Encrypt0', vector, encrypted, readEncrypt0(decodeCbor(bytes), tagged), symmetric(encrypted)),
		);
	}
	assert(enveloped !== undefined);
	return attempt(() =>
		decrypt('Encrypt', vector, enveloped, readEncrypt(decodeCbor(bytes), tagged), symmetric(enveloped)),
	);
};

/** Why an example has nothing that is made or taken here. */
const otherAlgorithms: readonly (readonly [RegExp, string])[] = [
	[/^mac0-tests\//, 'COSE_Mac0: no message of ours has a MAC'],
	[/^aes-ccm-examples\//, 'AES-CCM: content is A256GCM'],
	[/^ecdsa-examples\/ecdsa-0|^eddsa-examples\/eddsa-0/, 'COSE_Sign: one device signs, with COSE_Sign1'],
	[/^ecdsa-examples\/ecdsa-sig-0[234]/, 'ES384 and ES512: stream keys are P-256 with SHA-256'],
	[/^eddsa-examples\/eddsa-sig-02/, 'Ed448: no key of ours'],
	[/^aes-wrap-examples\//, 'AES key wrap with a shared key and a MAC: keys are wrapped by agreement'],
	[/^ecdh-wrap-examples\/p521/, 'P-521: readers have P-256'],
	[/^ecdh-wrap-examples\/p256-ss/, 'static-static agreement: each recipient has a fresh key'],
	[/^CWT\/A_[4567]/, 'CWT with a MAC or AES-CCM'],
	[/^sign1-tests\/sign-pass-01/, 'the algorithm is unprotected, which RFC 9052 §3.1 forbids'],
];

const read = (name: string): Vector => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Vector;
const files = existsSync(folder)
	? readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.json'))
			.toSorted()
	: [];

test('the examples of the COSE working group: what applies opens, and what must fail does', (t) => {
	if (files.length === 0) return t.skip(`${folder} is not here`);
	const used: string[] = [];
	for (const name of files) {
		if (otherAlgorithms.some(([pattern]) => pattern.test(name)) || /^ecdh-wrap|^CWT/.test(name)) continue;
		const vector = read(name);
		const result = opened(vector, name);
		const { sign0, plaintext } = vector.input;
		if (vector.fail === true) assert.equal(result, null, `${name} must be refused`);
		else assert.equal(result, sign0 === undefined ? plaintext : true, name);
		used.push(name);
	}
	t.diagnostic(`${used.length} of ${files.length}: ${used.filter((name) => read(name).fail === true).length} refused`);
	assert.ok(used.length >= 38, String(used.length));
});

test('examples of other algorithms that must fail are refused too', (t) => {
	if (files.length === 0) return t.skip(`${folder} is not here`);
	for (const name of files.filter((one) => read(one).fail === true)) {
		const bytes = unhex(read(name).output.cbor);
		for (const reader of [readSign1, readEncrypt0, readEncrypt]) {
			const result = attempt(() => reader(decodeCbor(bytes)));
			// What has another tag or shape is nothing here; where the shape is one of ours, the first test opened it.
			if (result !== null) assert.match(name, /^sign1-tests/);
		}
	}
});

test('the examples of ECDH-ES with key wrap on P-256: the key that wraps and the key that was wrapped', (t) => {
	if (files.length === 0) return t.skip(`${folder} is not here`);
	const names = files.filter((name) => name.startsWith('ecdh-wrap-examples/p256-wrap'));
	assert.equal(names.length, 9);
	for (const name of names) {
		const { input, intermediates, output } = read(name);
		// Their maps are not in order: as they are, they are refused.
		assert.equal(
			attempt(() => decodeCbor(unhex(output.cbor))),
			null,
		);
		const message = sorted(unhex(output.cbor));
		assert(message instanceof Tagged && Array.isArray(message.value));
		const [recipient] = (message.value as readonly Cbor[]).at(-1) as readonly (readonly Cbor[])[];
		const [first, second, wrapped] = recipient ?? [];
		const headers = readHeaders(first, second);
		const alg = headers.protected.get(header.alg);
		assert(typeof alg === 'number' && wrapped instanceof Uint8Array);
		const epk = headers.unprotected.get(header.ephemeralKey);
		assert(isMap(epk));
		const part = Object.values(input).find((one): one is Part => typeof one === 'object');
		const key = part?.recipients?.[0]?.key;
		assert(key !== undefined);
		const other = createPublicKey({ key: Buffer.from(spkiOfCoseKey(epk)), format: 'der', type: 'spki' });
		const secret = diffieHellman({ privateKey: createPrivateKey({ key: jwk(key), format: 'jwk' }), publicKey: other });
		const wrapping = wrappingKey(alg, secret, headers.protectedBytes);
		assert.equal(hex(wrapping), intermediates.recipients?.[0]?.KEK_hex, name);
		assert.equal(hex(unwrapKey(alg, wrapping, wrapped) ?? none), intermediates.CEK_hex, name);
	}
	assert.equal(algorithm['ECDH-ES+A256KW'], -31);
});

test('the signed CWT of RFC 8392 appendix A.3 is verified', (t) => {
	if (files.length === 0) return t.skip(`${folder} is not here`);
	const { input, output } = read('CWT/A_3.json');
	const key = Object.values(input).find((one): one is Part => typeof one === 'object')?.key;
	assert(key !== undefined);
	assert.equal(verifySign1(readSign1(decodeCbor(unhex(output.cbor))), spki(key)), true);
});
