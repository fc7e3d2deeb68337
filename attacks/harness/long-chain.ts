import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { derBits, derOid, derSequence, encodeDer, encodeName, encodePem } from '@keyward/core/format';

/** A chain that leads nowhere, as a client shows it: its signatures are made up, and only names hold it together. */
export interface LongChain {
	readonly key: string;
	readonly cert: string;
}

const ECDSA_SHA256 = derSequence(derOid('1.2.840.10045.4.3.2'));
const time = (text: string): Uint8Array => encodeDer(0x17, Buffer.from(text));
const VALIDITY = derSequence(time('250101000000Z'), time('450101000000Z'));

/** r and s of this many octets that nobody computed. */
const madeUp = (octets: number): Uint8Array => {
	const value = (): Uint8Array => encodeDer(2, Buffer.concat([Buffer.of(1), randomBytes(octets - 1)]));
	return derBits(derSequence(value(), value()));
};

const extension = (oid: string, value: Uint8Array): Uint8Array => derSequence(derOid(oid), encodeDer(4, value));

const spki = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));

interface Link {
	readonly subject: string;
	readonly issuer: string;
	readonly key: Uint8Array;
	readonly signature: Uint8Array;
	readonly extensions: readonly Uint8Array[];
}

const certificate = ({ subject, issuer, key, signature, extensions }: Link): Uint8Array =>
	derSequence(
		derSequence(
			encodeDer(0xa0, encodeDer(2, Buffer.of(2))),
			encodeDer(2, Buffer.concat([Buffer.of(0x40), randomBytes(7)])),
			ECDSA_SHA256,
			encodeName([['CN', issuer]]),
			VALIDITY,
			encodeName([['CN', subject]]),
			key,
			encodeDer(0xa3, derSequence(...extensions)),
		),
		ECDSA_SHA256,
		signature,
	);

/** So many CAs above a client's certificate. */
const chainOf = (
	count: number,
	key: Uint8Array,
	octets: number,
	of: (isCa: boolean) => readonly Uint8Array[],
): LongChain => {
	const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const ca = extension('2.5.29.19', derSequence(encodeDer(1, Buffer.of(0xff))));
	const signature = (): Uint8Array => madeUp(octets);
	const ders = [
		certificate({
			subject: 'l',
			issuer: '0',
			key: spki(leaf.publicKey),
			signature: signature(),
			extensions: of(false),
		}),
	];
	for (let at = 0; at < count; at++) {
		const issuer = String(Math.min(at + 1, count - 1));
		const extensions = [ca, ...of(true)];
		ders.push(certificate({ subject: String(at), issuer, key, signature: signature(), extensions }));
	}
	return {
		key: String(leaf.privateKey.export({ type: 'pkcs8', format: 'pem' })),
		cert: ders.map((der) => encodePem('CERTIFICATE', der)).join(''),
	};
};

/** Each signature is one on the largest binary curve: some three milliseconds of work for 400 bytes. */
export const chainOfSignatures = (count: number): LongChain => {
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'sect571r1' });
	return chainOf(count, spki(publicKey), 71, (isCa) => (isCa ? [] : [extension('2.5.29.19', derSequence())]));
};

/** Each of so many names of each certificate is compared with as many constraints of each CA above it (RFC 5280 §4.2.1.10). */
export const chainOfConstraints = (count: number, names: number): LongChain => {
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const many = (one: Uint8Array): Uint8Array[] => Array.from({ length: names }, () => one);
	const alternative = derSequence(...many(encodeDer(0x86, Buffer.from('a://b'))));
	const excluded = encodeDer(0xa1, ...many(derSequence(encodeDer(0x86, Buffer.from('c')))));
	return chainOf(count, spki(publicKey), 32, (isCa) => [
		extension('2.5.29.17', alternative),
		...(isCa ? [extension('2.5.29.30', derSequence(excluded))] : []),
	]);
};
