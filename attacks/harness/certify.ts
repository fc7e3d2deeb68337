import { randomBytes } from 'node:crypto';
import { assembleCertificate, type CertificateContent, freezeCertificate } from '@keyward/core/format';
import type { Signer } from '@keyward/core/port';

export const entropy = { bytes: (count: number): Uint8Array => new Uint8Array(randomBytes(count)) };

/** A certificate in DER that the attacker signs. */
export const certify = async (content: CertificateContent, by: Signer): Promise<Uint8Array> => {
	const frozen = freezeCertificate(content, by.publicKey);
	return assembleCertificate(frozen, by.publicKey, await by.sign(frozen));
};
