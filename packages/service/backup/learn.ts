import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import { softwareKey, isSamePrincipal } from '@keyward/core/device';
import { principalSubject } from '@keyward/core/enrol';
import {
	type CertificateView,
	decodePem,
	encodeName,
	isCrlOf,
	isIssuedBy,
	keyThumbprint,
	readCertificate,
	readCrl,
} from '@keyward/core/format';
import type {
	CertificateStore,
	IssuedCertificate,
	NumberStore,
	Principal,
	PrincipalName,
	PrincipalStore,
} from '@keyward/core/port';
import { crlNumbers } from '../revocation/status-addresses.ts';

/** What it is written into. */
type Learning = CertificateStore & Pick<PrincipalStore, 'principals'> & NumberStore;

/** What others know of the time that a restored site does not. */
export interface Sources {
	/** Revocation lists of the site's issuing CAs, PEM or DER: files. */
	readonly revocations: readonly string[];
	/** Certificates of devices and readers that were issued after the backup, PEM or DER: files. */
	readonly certificates: readonly string[];
}

/** What was learned from them. */
export interface Learned {
	readonly revoked: number;
	/** Entries of revocation lists for certificates that the site does not know: issued and revoked after the backup. */
	readonly revokedUnknown: number;
	readonly adopted: number;
}

/** States in which somebody holds a certificate that is good. */
const holding: ReadonlySet<Principal['state']> = new Set(['commissioned', 'active', 'renewing', 're-keyed']);

const broken = (file: string, why: string): Problem => new Problem('certificate-malformed', `${file} ${why}`);

/**
 * Takes revocations and certificates that this site itself signed after the backup. A certificate counts for a device or
 * reader that is active in the backup, and not for a key that anybody else holds; one that a given list revokes comes in
 * revoked. Throws `Problem('certificate-malformed')` for what no issuing CA of the site signed.
 */
export const learn = async (
	store: Learning,
	authority: string,
	sources: Sources,
	{ since, at }: { readonly since: Instant; readonly at: Instant },
): Promise<Learned> => {
	const issuers = await readIssuers(authority);
	let adopted = 0;
	for (const file of sources.certificates) {
		for (const der of await readValues(file, 'CERTIFICATE')) {
			if (issuers.some((issuer) => Buffer.compare(issuer.der, der) === 0)) continue;
			if (!issuers.some((issuer) => isIssuedBy(der, issuer.der))) {
				throw broken(file, 'has a certificate that no issuing CA of this site signed.');
			}
			if (await adopt(store, readCertificate(der), file)) adopted++;
		}
	}
	// After them, so that they revoke what was just taken in.
	const [revoked, revokedUnknown] = [new Set<string>(), new Set<string>()];
	for (const file of sources.revocations) {
		for (const der of await readValues(file, 'X509 CRL')) {
			const issuer = issuers.find(({ publicKey }) => isCrlOf(der, publicKey));
			if (issuer === undefined) {
				throw broken(file, 'is no revocation list that an issuing CA of this site signed.');
			}
			const { number, entries } = readCrl(der);
			// RFC 5280 §5.2.3: anyone who has this list takes none of a lower number any more.
			await store.takeNumber(crlNumbers(issuer), number + 1);
			for (const { serial, at: when, cause } of entries) {
				const certificate = await store.certificateBySerial(serial);
				if (certificate === null) revokedUnknown.add(serial);
				else if (certificate.revoked === null) {
					const words = `from a revocation list, at the restore of ${new Date(at).toISOString()} from a backup of ${new Date(since).toISOString()}`;
					await store.revoke(certificate.fingerprint, { at: when, cause, reason: words });
					revoked.add(serial);
				}
			}
		}
	}
	return { revoked: revoked.size, revokedUnknown: revokedUnknown.size, adopted };
};

/** False when it is known already. */
const adopt = async (store: Learning, view: CertificateView, file: string): Promise<boolean> => {
	if ((await store.certificate(view.fingerprint)) !== null) return false;
	const principal = (await store.principals()).find(
		(each) => Buffer.compare(encodeName(principalSubject(each)), view.subjectName) === 0,
	);
	const former = principal === undefined ? [] : await store.certificates(principal);
	const newest = former.findLast(({ revoked }) => revoked === null);
	if (principal === undefined || !holding.has(principal.state) || newest === undefined) {
		throw broken(file, 'belongs to somebody who was not active when the backup was made: register them again instead.');
	}
	const key = keyThumbprint(view.publicKey);
	// What was known of the key holds on; of another nothing is known but that the CA signed it.
	const evidence = former.find((each) => Buffer.compare(each.key, key) === 0)?.evidence ?? softwareKey;
	// Requirement unique-key: an adopted certificate must not give a second holder to a key.
	if ((await store.holders(key)).some((holder) => !isSamePrincipal(holder, principal))) {
		throw broken(file, 'has a key that another device or reader holds.');
	}
	const { kind, application, id } = principal;
	const name: PrincipalName = { kind, application, id };
	const certificate: IssuedCertificate = {
		...{ fingerprint: view.fingerprint, serial: view.serial, principal: name, key, evidence },
		...{ notBefore: view.notBefore, notAfter: view.notAfter, der: view.der, revoked: null },
	};
	return store.adopt(certificate, null, view.notBefore);
};

/** Every generation of every issuing CA that the site has. */
const readIssuers = async (authority: string): Promise<CertificateView[]> => {
	const found: CertificateView[] = [];
	for (const file of await readdir(authority)) {
		if (!/^issuing\.[^_]+(_\d+)?\.pem$/.test(file)) continue;
		for (const der of await readValues(join(authority, file), 'CERTIFICATE')) found.push(readCertificate(der));
	}
	return found;
};

const readValues = async (file: string, label: string): Promise<Uint8Array[]> => {
	const bytes = await readFile(file).catch((error: unknown) => {
		throw new Problem('file-unreadable', `${file} cannot be read.`, { cause: error });
	});
	return bytes.includes('-----BEGIN ')
		? decodePem(label, bytes.toString('latin1'), 'certificate-malformed')
		: [Uint8Array.from(bytes)];
};
