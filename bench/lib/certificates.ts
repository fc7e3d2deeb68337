import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
	BasicConstraintsExtension,
	ExtendedKeyUsage,
	ExtendedKeyUsageExtension,
	PemConverter,
	SubjectAlternativeNameExtension,
	type X509Certificate,
	X509CertificateGenerator,
} from '@peculiar/x509';

// A CA for servers under measurement that bring none of their own: P-256 throughout, as ours.

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Authority {
	readonly certificate: X509Certificate;
	readonly keys: webcrypto.CryptoKeyPair;
}

export interface Certified {
	readonly key: string;
	readonly certificate: string;
}

const DAY = 86_400_000;
let serial = 1;

const period = (): { notBefore: Date; notAfter: Date; serialNumber: string } => ({
	notBefore: new Date(Date.now() - DAY),
	notAfter: new Date(Date.now() + 30 * DAY),
	serialNumber: (serial++).toString(16).padStart(8, '0'),
});

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> =>
	webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

export const makeAuthority = async (): Promise<Authority> => {
	const keys = await makeKeys();
	const certificate = await X509CertificateGenerator.createSelfSigned({
		...period(),
		name: 'CN=bench CA',
		keys,
		signingAlgorithm: algorithm,
		extensions: [new BasicConstraintsExtension(true, 0, true)],
	});
	return { certificate, keys };
};

export const certify = async (
	{ certificate, keys }: Authority,
	commonName: string,
	role: 'server' | 'client',
): Promise<Certified> => {
	const own = await makeKeys();
	const usage = role === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
	const issued = await X509CertificateGenerator.create({
		...period(),
		subject: `CN=${commonName}`,
		issuer: certificate.subject,
		publicKey: own.publicKey,
		signingKey: keys.privateKey,
		signingAlgorithm: algorithm,
		extensions: [
			new BasicConstraintsExtension(false, undefined, true),
			new ExtendedKeyUsageExtension([usage]),
			...(role === 'server' ? [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])] : []),
		],
	});
	const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
	return { key: PemConverter.encode(pkcs8, 'PRIVATE KEY'), certificate: issued.toString('pem') };
};
