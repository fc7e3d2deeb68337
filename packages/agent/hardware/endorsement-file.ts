import { readFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { decodePem, isIssuedBy, readCertificate } from '@keyward/core/format';

/** Certificates that a manufacturer gives beside its part, such as the authorities between it and the root: PEM, in any order. */
export const readEndorsementFile = async (path: string): Promise<Uint8Array[]> => {
	const text = await readFile(path, 'utf8').catch((cause: unknown) => {
		throw new Problem('file-unreadable', `${path} cannot be read: name the file of the manufacturer's certificates.`, {
			cause,
		});
	});
	return decodePem('CERTIFICATE', text, 'certificate-malformed');
};

/** The leaf and, as far as they are among the others, the authorities that lead from it to a root, which is left out. */
export const chainOf = (leaf: Uint8Array, others: readonly Uint8Array[]): Uint8Array[] => {
	const chain = [leaf];
	for (let current = leaf; chain.length <= others.length;) {
		const issuer = others.find((one) => isIssuedBy(current, one));
		if (issuer === undefined || isIssuedBy(issuer, issuer)) break;
		chain.push(issuer);
		current = issuer;
	}
	return chain;
};

/** The certificate of this key (SubjectPublicKeyInfo); null when it is not among them. */
export const certificateOf = (publicKey: Uint8Array, certificates: readonly Uint8Array[]): Uint8Array | null =>
	certificates.find((der) => Buffer.compare(readCertificate(der).publicKey, publicKey) === 0) ?? null;
