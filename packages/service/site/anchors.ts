import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import type { Maker } from './site-file.ts';

/** Far more than any list of roots. */
const LARGEST = 1024 * 1024;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The anchors of a maker, DER: PEM files may hold several. Throws `Problem('site-configuration')` when a file cannot be
 * read, or holds anything but CA certificates.
 */
export const readAnchors = async ({ name, anchors }: Maker): Promise<Uint8Array[]> => {
	const found: Uint8Array[] = [];
	for (const file of anchors) {
		const refuse = (why: string, cause?: unknown): Problem =>
			new Problem('site-configuration', `${file}, an anchor of ${name}, ${why}`, { cause });
		const bytes = await readFile(file).catch((error: unknown) => {
			throw refuse(`cannot be read (${codeOf(error)}): mend the path or its permissions.`, error);
		});
		if (bytes.length > LARGEST) throw refuse('is larger than 1 MiB: give the certificates of its roots alone.');
		const blocks = bytes.toString('latin1').match(PEM) ?? [bytes];
		for (const block of blocks) {
			const certificate = parse(block);
			if (certificate === null) throw refuse('holds no certificate in PEM or DER.');
			// RFC 5280 §4.2.1.9: an anchor that is no CA would let one part's certificate vouch for others.
			if (!certificate.ca) throw refuse(`is no CA certificate (${certificate.subject.replaceAll('\n', ', ')}).`);
			found.push(Uint8Array.from(certificate.raw));
		}
	}
	return found;
};

const parse = (block: string | Buffer): X509Certificate | null => {
	try {
		return new X509Certificate(block);
	} catch {
		return null;
	}
};

const codeOf = (error: unknown): string =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
