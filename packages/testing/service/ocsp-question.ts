import 'reflect-metadata';
import { hash, randomBytes } from 'node:crypto';
import { PemConverter, X509Certificate } from '@peculiar/x509';

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
	const body = Buffer.concat(parts);
	const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...length]), body]);
};

/** OCSPRequest (RFC 6960 §4.1.1) for certificates that the issuer of the first certificate of this PEM never issued; the issuer's is the second. */
export const ocspQuestion = (certificate: string, count: number): Buffer => {
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
