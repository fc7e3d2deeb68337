import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';

/** Far more than any list of roots. */
const LARGEST = 1024 * 1024;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates in a file: one in DER, or as many as there are in PEM. `what` says in errors whose they are. Throws
 * `Problem('site-configuration')` when it cannot be read or holds none.
 */
export const readCertificateFile = async (file: string, what: string): Promise<X509Certificate[]> => {
	const refuse = (why: string, cause?: unknown): Problem =>
		new Problem('site-configuration', `${file}, ${what}, ${why}`, { cause });
	const bytes = await readFile(file).catch((error: unknown) => {
		throw refuse(`cannot be read (${codeOf(error)}): mend the path or its permissions.`, error);
	});
	if (bytes.length > LARGEST) throw refuse('is larger than 1 MiB: give the certificates of its roots alone.');
	return (bytes.toString('latin1').match(PEM) ?? [bytes]).map((block) => {
		try {
			return new X509Certificate(block);
		} catch (cause) {
			throw refuse('holds no certificate in PEM or DER.', cause);
		}
	});
};

const codeOf = (error: unknown): string =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
