import { stat, utimes } from 'node:fs/promises';
import { hours, type Instant, type Milliseconds, minutes, Problem } from '@keyward/core';
import { acceptCertificate } from './commission.ts';
import { sendRequest } from './send-request.ts';
import { followServiceCas } from '../est/service-anchors.ts';
import { type Identity, serviceCaFile, writeCertificate, writeServiceCa } from '../identity/identity.ts';

/**
 * From when on a certificate is to be renewed: at two thirds of its life, before which the service gives the same one again, or up
 * to a twentieth of it later. How much later is fixed by the certificate itself, so that a fleet commissioned in one hour does not
 * come back in one hour.
 */
export const renewalDue = ({ leaf }: Pick<Identity, 'leaf'>): Instant => {
	const lifetime = leaf.notAfter - leaf.notBefore;
	const spread = ((leaf.fingerprint[0] ?? 0) / 256) * (lifetime / 20);
	return Math.floor(leaf.notBefore + (lifetime * 2) / 3 + spread);
};

/**
 * How long may pass between two looks whether it is due: a minute, and less for a certificate of minutes, so that ten looks
 * fall between due and too late.
 */
export const renewalPause = ({ leaf }: Pick<Identity, 'leaf'>): Milliseconds =>
	Math.min(minutes(1), (leaf.notAfter - leaf.notBefore) / 40);

/**
 * Renews the certificate when it is due, for the same key, by EST simplereenroll; true when there is a new one on the disk, false when
 * it is not due, by this clock or the service's.
 * Throws `Problem('certificate-expired')` when it is too late, `service-not-trusted`, `site-unreachable`, and what the registrar
 * refuses with. The old certificate stays until the new one is whole.
 */
export const renewIfDue = async (identity: Identity, now: Instant): Promise<boolean> => {
	if (now < renewalDue(identity)) return false;
	if (now > identity.leaf.notAfter) {
		throw new Problem(
			'certificate-expired',
			`The certificate of ${identity.id} has expired: register and commission it again.`,
		);
	}
	const { chain, authorities, publicKey } = await sendRequest(identity, { certify: identity.key });
	const certificate = acceptCertificate(chain, publicKey, authorities);
	await keepServiceCas(identity, authorities);
	// The service's clock says that it is too early: the link need not be replaced.
	if (Buffer.compare(chain[0] ?? new Uint8Array(), identity.leaf.der) === 0) return false;
	await writeCertificate(identity.folder, certificate);
	return true;
};

/**
 * Asks the service for its CAs, unless that was done within `every`, and keeps those that the ones held lead to (RFC 7030
 * §4.1.3); true when they are others than before. Done daily, a device knows the next service CA before the service shows it.
 * Throws `service-not-trusted`, `site-unreachable`.
 */
export const refreshServiceCas = async (
	identity: Identity,
	now: Instant,
	every: Milliseconds = hours(24),
): Promise<boolean> => {
	const path = serviceCaFile(identity.folder);
	// The file's own time says when: it outlives the program, and each device has its own.
	const { mtimeMs } = await stat(path);
	if (Math.abs(now - mtimeMs) < every) return false;
	const { authorities } = await sendRequest(identity, { certify: null });
	const changed = await keepServiceCas(identity, authorities);
	if (!changed) await utimes(path, now / 1000, now / 1000);
	return changed;
};

/** Keeps what the anchors held lead to; true when they are others than before. */
export const keepServiceCas = async (
	{ folder, serviceCa }: Identity,
	authorities: readonly Uint8Array[],
): Promise<boolean> => {
	const anchors = followServiceCas(serviceCa, authorities);
	if (anchors === serviceCa) return false;
	await writeServiceCa(folder, anchors);
	return true;
};
