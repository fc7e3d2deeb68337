import 'reflect-metadata';
import { hash, randomBytes, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator, PemConverter, X509Certificate } from '@peculiar/x509';
import type { Identity } from './target.ts';

// What a flooder asks of a CA, made before the flood.

const request = async (
	algorithm: { namedCurve: string; hash: string },
	keys: webcrypto.CryptoKeyPair,
	name: string,
) => {
	const made = await Pkcs10CertificateRequestGenerator.create({
		name,
		keys,
		signingAlgorithm: { name: 'ECDSA', ...algorithm },
	});
	return made.toString('base64');
};

/** A PKCS #10 request for a P-384 key, in base64: the dearest to verify of those that are taken. */
export const requestOfStranger = async (): Promise<string> => {
	const curve = { name: 'ECDSA', namedCurve: 'P-384' };
	const keys = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
	return request({ namedCurve: 'P-384', hash: 'SHA-384' }, keys, 'CN=stranger');
};

/** A request for the key and subject of an identity's certificate, in base64. */
export const renewalOf = async ({ key, certificate }: Identity): Promise<string> => {
	const [leaf] = PemConverter.decode(certificate);
	const [pkcs8] = PemConverter.decode(key);
	if (leaf === undefined || pkcs8 === undefined) throw new Error('an identity without certificate or key');
	const curve = { name: 'ECDSA', namedCurve: 'P-256' };
	const read = new X509Certificate(leaf);
	const keys = {
		privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, curve, false, ['sign']),
		publicKey: await webcrypto.subtle.importKey('spki', read.publicKey.rawData, curve, true, ['verify']),
	};
	return request({ namedCurve: 'P-256', hash: 'SHA-256' }, keys, read.subject);
};

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
	const body = Buffer.concat(parts);
	const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...length]), body]);
};

/** OCSPRequest (RFC 6960 §4.1.1) for certificates of the identity's issuer that it never issued. */
export const ocspQuestion = ({ certificate }: Pick<Identity, 'certificate'>, count: number): Buffer => {
	const issuer = PemConverter.decode(certificate)[1];
	if (issuer === undefined) throw new Error('an identity without its issuer');
	const { subjectName, publicKey } = new X509Certificate(issuer);
	// A P-256 point is the last 65 bytes of its SubjectPublicKeyInfo.
	const point = new Uint8Array(publicKey.rawData).slice(-65);
	const sha1 = Buffer.from('300906052b0e03021a0500', 'hex');
	const [name, key] = [new Uint8Array(subjectName.toArrayBuffer()), point].map((bytes) =>
		hash('sha1', bytes, 'buffer'),
	);
	if (name === undefined || key === undefined) throw new Error('no issuer');
	const singles = Array.from({ length: count }, () => {
		const serial = Buffer.concat([Buffer.from([0x4d]), randomBytes(9)]);
		return der(0x30, der(0x30, sha1, der(0x04, name), der(0x04, key), der(0x02, serial)));
	});
	return der(0x30, der(0x30, der(0x30, ...singles)));
};
