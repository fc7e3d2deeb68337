import { Problem } from '@keyward/core';
import { readCertificateFile } from './certificate-file.ts';
import type { Manufacturer } from './site-file.ts';

/**
 * The anchors of a manufacturer, DER: PEM files may hold several. Throws `Problem('site-configuration')` when a file cannot be
 * read, or holds anything but CA certificates.
 */
export const readAnchors = async ({ name, anchors }: Pick<Manufacturer, 'name' | 'anchors'>): Promise<Uint8Array[]> => {
	const found: Uint8Array[] = [];
	for (const file of anchors) {
		for (const { ca, subject, raw } of await readCertificateFile(file, `an anchor of ${name}`)) {
			// RFC 5280 §4.2.1.9: an anchor that is no CA would let one part's certificate vouch for others.
			if (!ca) {
				const who = subject.replaceAll('\n', ', ');
				throw new Problem('site-configuration', `${file}, an anchor of ${name}, is no CA certificate (${who}).`);
			}
			found.push(Uint8Array.from(raw));
		}
	}
	return found;
};
