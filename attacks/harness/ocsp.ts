import { hash } from 'node:crypto';
import { decodePem, derChildren, derOid, derSequence, encodeDer, readCertificate } from '@keyward/core/format';
import type { Outcome } from './attack.ts';
import type { AttackedSite } from './site.ts';

/** OCSPResponse with responseStatus malformedRequest (RFC 6960 §4.2.1). */
const MALFORMED = Buffer.from('30030a0101', 'hex');
const SHA1 = Buffer.from('300906052b0e03021a0500', 'hex');
const octets = (bytes: Uint8Array): Uint8Array => encodeDer(0x04, bytes);

/** Request (RFC 6960 §4.1.1) for the first certificate of this PEM, whose issuer is the second; `serial` in place of the certificate's. */
export const singleRequest = (pem: string, serial?: Uint8Array): Uint8Array => {
	const [own, issuer] = decodePem('CERTIFICATE', pem, 'certificate-malformed');
	if (own === undefined || issuer === undefined) throw new Error('an identity without its issuer');
	const { subjectName, publicKey } = readCertificate(issuer);
	// A P-256 point is the last 65 bytes of its SubjectPublicKeyInfo.
	const [name, key] = [subjectName, publicKey.slice(-65)].map((bytes) => octets(hash('sha1', bytes, 'buffer')));
	if (name === undefined || key === undefined) throw new Error('no issuer');
	const number = serial ?? Buffer.from(readCertificate(own).serial, 'hex');
	return derSequence(derSequence(SHA1, name, key, encodeDer(0x02, number)));
};

/** Nonce (RFC 9654 §2.1). */
export const nonce = (octet: number): Uint8Array =>
	derSequence(derOid('1.3.6.1.5.5.7.48.1.2'), octets(octets(new Uint8Array(32).fill(octet))));

/** OCSPRequest of these lists of requests, with these extensions. */
export const ocspRequest = (
	lists: readonly (readonly Uint8Array[])[],
	extensions: readonly Uint8Array[] = [],
): Uint8Array =>
	derSequence(
		derSequence(
			...lists.map((requests) => derSequence(...requests)),
			...(extensions.length === 0 ? [] : [encodeDer(0xa2, derSequence(...extensions))]),
		),
	);

/** Asks each, and succeeds when every one got an answer that is signed. */
export const answered = async (
	{ statusUrl }: Pick<AttackedSite, 'statusUrl'>,
	questions: readonly Uint8Array[],
): Promise<Outcome> => {
	let signed = 0;
	let malformed = 0;
	for (const question of questions) {
		const response = await fetch(`${statusUrl}/ocsp`, { method: 'POST', body: Uint8Array.from(question) });
		const bytes = Buffer.from(await response.arrayBuffer());
		if (bytes.equals(MALFORMED)) malformed++;
		// responseStatus successful is the first of an OCSPResponse.
		else if (Buffer.from(derChildren(bytes)[0] ?? []).toString('hex') === '0a0100') signed++;
	}
	return {
		succeeded: signed === questions.length,
		saw: `${signed} of ${questions.length} answered and signed, ${malformed} as malformed`,
		refusal: malformed === questions.length ? 'malformedRequest' : null,
	};
};
