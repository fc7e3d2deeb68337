import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
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
