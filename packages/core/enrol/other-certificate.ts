import { hash } from 'node:crypto';
import { readCertificate, type CertificateView } from '../format/certificate.ts';
import { readBasicConstraints } from '../path/authority-extensions.ts';
import { isSameName } from '../path/name.ts';
import { type PathCertificate, readPathCertificate } from '../path/path-certificate.ts';
import { findPathFlaw } from '../path/validate-path.ts';
import type { CertificateOrigin } from '../port/certificate-store.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';

/** TLS client authentication (RFC 5280 §4.2.1.12). */
const CLIENT = '1.3.6.1.5.5.7.3.2';

/** SHA-256 of a CA's certificate, lower-case hex: how a policy names it (`other-cas`). */
export const authorityPin = (der: Uint8Array): string => hash('sha256', der, 'hex');

/** A device's certificate by another CA, its path judged. */
export interface OtherCertificate {
	readonly view: CertificateView;
	readonly origin: CertificateOrigin;
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'));

/**
 * Reads the CA that issues devices' certificates, and those above it up to one that signed itself, without which TLS
 * verifies nothing. Throws `Problem('certificate-malformed')`.
 */
export const readOtherAuthority = (chain: readonly Uint8Array[]): readonly PathCertificate[] => {
	const path = chain.map(readPathCertificate);
	const last = path.at(-1);
	if (last === undefined || !isSameName(last.issuer, last.subject))
		throw new Problem(
			'certificate-malformed',
			"The CA file must hold the CA that issued the devices' certificates, then each CA above it, up to one that signed itself.",
		);
	return path;
};

/**
 * Judges the path of one device's certificate (RFC 5280 §6). Whether the site believes that CA is for the policy to say. Throws
 * `Problem('certificate-malformed')` and `certificate-expired`. Pure.
 */
export const judgeOtherCertificate = (
	der: Uint8Array,
	authority: readonly PathCertificate[],
	now: Instant,
): OtherCertificate => {
	const leaf = readPathCertificate(der);
	const path = [...authority.toReversed(), leaf];
	const flaw = findPathFlaw(path, { now, purpose: CLIENT, isRevoked: () => false });
	if (flaw !== null)
		throw new Problem(flaw.kind === 'expired' ? 'certificate-expired' : 'certificate-malformed', flaw.what);
	// RFC 5280 §4.2.1.9: who holds the key of a CA could name any number of devices.
	if (readBasicConstraints(leaf).cA)
		throw new Problem('certificate-malformed', 'This is the certificate of a CA, not of a device.');
	return {
		view: readCertificate(der),
		origin: { issuer: sha256(leaf.issuer), signedPart: sha256(leaf.toBeSigned) },
	};
};
