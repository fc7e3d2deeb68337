import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import {
	assembleCertificate,
	type CertificateContent,
	type CertificateView,
	decodePem,
	encodePem,
	freezeCertificate,
	readCertificate,
} from '@keyward/core/format';
import type { Signer } from '@keyward/core/port';
import { createFileKey, type FileKeyOptions, hasFileKey, openFileKey, writeDurably } from '@keyward/custody';

/** A key of the site's own and the certificate that speaks for it. */
export interface CertifiedKey {
	readonly certificate: CertificateView;
	readonly signer: Signer;
}

/** Where the site's own keys and certificates lie: `<folder>/keys/<name>.key`, `<folder>/<name>.pem`. */
export interface AuthorityFolder extends FileKeyOptions {
	readonly folder: string;
}

export const keyFolderOf = ({ folder }: AuthorityFolder): string => join(folder, 'keys');

/** Signs the content with the issuer's key. */
export const certify = async (content: CertificateContent, issuer: Signer): Promise<CertificateView> => {
	const toBeSigned = freezeCertificate(content, issuer.publicKey);
	return readCertificate(assembleCertificate(toBeSigned, issuer.publicKey, await issuer.sign(toBeSigned)));
};

/**
 * Opens the key and its certificate, or makes what is not there yet: first the key, then the certificate, each durable
 * before the next, so that a crash between them leaves a key that the next start certifies.
 *
 * A certificate that `isGood` declines is replaced by a new one for the same key. Throws `Problem('site-configuration')` when
 * the certificate's key is gone or is another: a new key in its place would lock out every device that trusts the old one.
 */
export const openCertifiedKey = async (
	place: AuthorityFolder,
	name: string,
	make: (signer: Signer) => Promise<CertificateView>,
	isGood: (certificate: CertificateView) => boolean = () => true,
): Promise<CertifiedKey> => {
	const path = join(place.folder, `${name}.pem`);
	const keys = keyFolderOf(place);
	const kept = await readKept(path);
	const hasKey = await hasFileKey(keys, name);
	if (kept !== null && !hasKey) {
		throw new Problem('site-configuration', `${path} is there but its key is not: restore ${keys} from the backup.`);
	}
	const signer = hasKey ? await openFileKey(keys, name, place) : await createFileKey(keys, name, 'P-256', place);
	if (kept !== null && Buffer.compare(kept.publicKey, signer.publicKey) !== 0) {
		throw new Problem(
			'site-configuration',
			`${path} is for another key than the one in ${keys}: restore both together.`,
		);
	}
	if (kept !== null && isGood(kept)) return { certificate: kept, signer };
	const certificate = await make(signer);
	await writeDurably(path, encodePem('CERTIFICATE', certificate.der), 'replace', 0o644);
	return { certificate, signer };
};

const readKept = async (path: string): Promise<CertificateView | null> => {
	const text = await readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	if (text === null) return null;
	const [der] = decodePem('CERTIFICATE', text, 'site-configuration');
	return der === undefined ? null : readCertificate(der);
};
