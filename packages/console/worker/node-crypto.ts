import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from '@noble/curves/misc.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { Buffer } from 'buffer';

/** What keycheck takes of `node:crypto`, in a browser: the same answers, and errors where Node has more than is here. */

const digests = { md5, sha1, sha256, sha384, sha512 } as const;

const digestNamed = (name: string) => {
	const plain = name.toLowerCase().replace('-', '');
	const found = Object.entries(digests).find(([known]) => known === plain)?.[1];
	if (found === undefined) throw new Error(`there is no ${name} here`);
	return found;
};

type Data = Uint8Array | string;

const bytesOf = (data: Data): Uint8Array => (typeof data === 'string' ? Buffer.from(data) : data);

const written = (bytes: Uint8Array, encoding: string | undefined): Buffer | string => {
	const buffer = Buffer.from(bytes);
	return encoding === undefined || encoding === 'buffer' ? buffer : buffer.toString(encoding as BufferEncoding);
};

export const hash = (name: string, data: Data, encoding = 'hex'): Buffer | string =>
	written(digestNamed(name)(bytesOf(data)), encoding);

const growing = (state: { update(data: Uint8Array): unknown; digest(): Uint8Array }) => {
	const self = {
		update: (data: Data) => {
			state.update(bytesOf(data));
			return self;
		},
		digest: (encoding?: string) => written(state.digest(), encoding),
	};
	return self;
};

export const createHash = (name: string) => growing(digestNamed(name).create());

export const createHmac = (name: string, key: Uint8Array) => growing(hmac.create(digestNamed(name), key));

const curves = {
	prime256v1: p256,
	secp384r1: p384,
	secp521r1: p521,
	secp256k1,
	brainpoolP256r1,
	brainpoolP384r1,
	brainpoolP512r1,
} as const;

export const createECDH = (name: string) => {
	const curve = Object.entries(curves).find(([known]) => known === name)?.[1];
	if (curve === undefined) throw new Error(`there is no ${name} here`);
	let point: Uint8Array | null = null;
	return {
		setPrivateKey: (secret: Uint8Array) => {
			point = curve.getPublicKey(secret, false);
		},
		getPublicKey: () => {
			if (point === null) throw new Error('there is no private key yet');
			return Buffer.from(point);
		},
	};
};

interface Key {
	/** SubjectPublicKeyInfo. */
	readonly spki: Uint8Array;
	export(options: { readonly format: string; readonly type: string }): Buffer;
}

const keyOf = (spki: Uint8Array): Key => ({ spki, export: () => Buffer.from(spki) });

/** SubjectPublicKeyInfo up to the point (RFC 5480), by the curve's name in a JWK. */
const ecHeads = {
	'P-256': ['3059301306072a8648ce3d020106082a8648ce3d030107034200', p256],
	'P-384': ['3076301006072a8648ce3d020106052b81040022036200', p384],
	'P-521': ['30819b301006072a8648ce3d020106052b81040023038186 00'.replace(' ', ''), p521],
	secp256k1: ['3056301006072a8648ce3d020106052b8104000a034200', secp256k1],
} as const;

const ecOfJwk = ({ crv, x = '', y = '' }: { readonly crv?: string; readonly x?: string; readonly y?: string }): Key => {
	const [head, curve] = Object.entries(ecHeads).find(([known]) => known === crv)?.[1] ?? [];
	if (head === undefined || curve === undefined) throw new Error(`there is no ${String(crv)} here`);
	const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
	curve.Point.fromBytes(point).assertValidity();
	return keyOf(Buffer.concat([Buffer.from(head, 'hex'), point]));
};

const octetHeads = [
	['302e020100300506032b656e04220420', '302a300506032b656e032100', x25519],
	['302e020100300506032b657004220420', '302a300506032b6570032100', ed25519],
] as const;

export const createPrivateKey = ({ key }: { readonly key: Uint8Array }): Key => {
	const hex = Buffer.from(key).toString('hex');
	const [head, spki, curve] = octetHeads.find(([known]) => hex.startsWith(known)) ?? [];
	if (head === undefined || spki === undefined || curve === undefined)
		throw new Error('there is no such private key here');
	const secret = Buffer.from(key).subarray(head.length / 2, head.length / 2 + 32);
	return keyOf(Buffer.concat([Buffer.from(spki, 'hex'), curve.getPublicKey(secret)]));
};

export const createPublicKey = (given: Key | { readonly key: Uint8Array | object; readonly format?: string }): Key => {
	if ('spki' in given) return given;
	if (given.format === 'jwk') return ecOfJwk(given.key as { readonly crv?: string });
	const spki = Buffer.from(given.key as Uint8Array);
	const hex = spki.toString('hex');
	const [head, curve] = Object.values(ecHeads).find(([known]) => hex.startsWith(known)) ?? [];
	if (head === undefined || curve === undefined) throw new Error('there is no such public key here');
	curve.Point.fromBytes(spki.subarray(head.length / 2)).assertValidity();
	return keyOf(spki);
};

/** Whether a certificate signs itself is left to its names, as where OpenSSL cannot tell. */
export class X509Certificate {
	constructor() {
		throw new Error('certificates are not verified here');
	}

	verify(): boolean {
		return false;
	}
}

/** No signature counts here. */
export const verify = (): boolean => false;

export default {};
