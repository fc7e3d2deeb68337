import { readFile } from 'node:fs/promises';
import { type ErrorCode, Problem } from '@keyward/core';
import {
	assembleCertificate,
	type CertificateContent,
	type CertificateView,
	decodePem,
	encodePem,
	freezeCertificate,
	readCertificate,
} from '@keyward/core/format';
import type { KeyStore, Signer } from '@keyward/core/port';
import { writeDurably } from '@keyward/custody';

/** A key of the site's own and the certificate that speaks for it. */
export interface CertifiedKey {
	readonly certificate: CertificateView;
	readonly signer: Signer;
}

/** Signs the content with the issuer's key. */
export const certify = async (content: CertificateContent, issuer: Signer): Promise<CertificateView> => {
	const toBeSigned = freezeCertificate(content, issuer.publicKey);
	return readCertificate(assembleCertificate(toBeSigned, issuer.publicKey, await issuer.sign(toBeSigned)));
};

export interface CertifiedKeyLocation {
	/** The certificate's file. */
	readonly path: string;
	readonly keys: KeyStore;
	/** The key's name in its location. */
	readonly key: string;
	/** The operator says that the key is lost, and wants the site to run without it. */
	readonly lost?: boolean;
}

/** Failures of a token that pass: what needs the key waits, everything else goes on. */
const PASSING: readonly ErrorCode[] = ['token-absent', 'token-failed'];

export const isPassing = (error: unknown): error is Problem => error instanceof Problem && PASSING.includes(error.code);

/** Failures after which a signature can be asked for again, though somebody may have to do something first. */
const AWAY: ReadonlySet<ErrorCode> = new Set([...PASSING, 'token-pin', 'token-module', 'key-file']);

export const isKeyAway = (error: unknown): boolean => error instanceof Problem && AWAY.has(error.code);

/**
 * Opens the key and its certificate, or makes what is not there yet: first the key, then the certificate, each durable
 * before the next, so that a crash between them leaves a key that the next start certifies.
 *
 * A certificate that `isGood` declines is replaced by a new one for the same key. A token that is away keeps nothing from being opened
 * that has its certificate: signing throws until it is back. Throws `Problem('site-configuration')` when the certificate's key is
 * gone or is another: a new key in its place would lock out every device that trusts the old one.
 */
export const openCertifiedKey = async (
	location: CertifiedKeyLocation,
	make: (signer: Signer, kept: CertificateView | null) => Promise<CertificateView>,
	isGood: (certificate: CertificateView) => boolean = () => true,
): Promise<CertifiedKey> => {
	const kept = await readKept(location.path);
	const signer = kept === null ? await openOrMakeKey(location) : await openKey(location, kept);
	if (kept !== null && isGood(kept)) return { certificate: kept, signer };
	try {
		const certificate = await make(signer, kept);
		await writeDurably(location.path, encodePem('CERTIFICATE', certificate.der), 'replace', 0o644);
		return { certificate, signer };
	} catch (error) {
		// The issuer's key is away: what is kept serves on, and is looked at again.
		if (kept !== null && isKeyAway(error)) return { certificate: kept, signer };
		throw error;
	}
};

const openOrMakeKey = async ({ keys, key }: CertifiedKeyLocation): Promise<Signer> =>
	(await keys.has(key)) ? keys.open(key) : keys.create(key, 'P-256');

/** The key of a certificate that is there. */
const openKey = async (location: CertifiedKeyLocation, kept: CertificateView): Promise<Signer> => {
	const { publicKey } = kept;
	if (location.lost === true) return lostKey(location, publicKey);
	try {
		return await openMatching(location, publicKey);
	} catch (error) {
		if (!isPassing(error)) throw error;
		let opened: Signer | null = null;
		return {
			publicKey,
			get custody() {
				return opened?.custody ?? 'software';
			},
			sign: async (bytes) => {
				opened ??= await openMatching(location, publicKey);
				return opened.sign(bytes);
			},
		};
	}
};

const openMatching = async ({ path, keys, key }: CertifiedKeyLocation, publicKey: Uint8Array): Promise<Signer> => {
	if (!(await keys.has(key))) {
		throw new Problem(
			'site-configuration',
			`${path} is there but its key is not: restore the key ${key} from the backup, or see docs/ca-rollover.md for a key that is lost.`,
		);
	}
	const signer = await keys.open(key);
	if (Buffer.compare(publicKey, signer.publicKey) === 0) return signer;
	throw new Problem(
		'site-configuration',
		`${path} is for another key than the one kept as ${key}: restore both together.`,
	);
};

const lostKey = ({ key }: CertifiedKeyLocation, publicKey: Uint8Array): Signer => ({
	publicKey,
	custody: 'software',
	sign: async () => {
		throw new Problem('key-file', `The key ${key} is lost, as this site was started with: roll its CA over.`);
	},
});

const readKept = async (path: string): Promise<CertificateView | null> => {
	const [kept] = await readCertificates(path);
	return kept ?? null;
};

/** The certificates of a PEM file; none when it is not there. Throws `Problem('site-configuration')` when it is damaged. */
export const readCertificates = async (path: string): Promise<CertificateView[]> => {
	const text = await readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	return text === null ? [] : decodePem('CERTIFICATE', text, 'site-configuration').map(readCertificate);
};
