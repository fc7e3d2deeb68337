import { type Instant, Problem } from '@keyward/core';
import { principalSubject } from '@keyward/core/enrol';
import { buildCsr } from '@keyward/core/format';
import { acceptCertificate } from './commission.ts';
import { type EstService, fetchCaCertificates, simpleReenroll } from './est/client.ts';
import { type Identity, writeCertificate } from './identity.ts';

/**
 * From when on a certificate is to be renewed: at two thirds of its life, or up to a twentieth of it earlier. How much earlier is
 * fixed by the certificate itself, so that a fleet commissioned in one hour does not come back in one hour.
 */
export const renewalDue = ({ leaf }: Pick<Identity, 'leaf'>): Instant => {
	const lifetime = leaf.notAfter - leaf.notBefore;
	const spread = ((leaf.fingerprint[0] ?? 0) / 256) * (lifetime / 20);
	return Math.floor(leaf.notBefore + (lifetime * 2) / 3 - spread);
};

/**
 * Renews the certificate when it is due, for the same key, by EST simplereenroll; true when there is a new one on the disk.
 * Throws `Problem('certificate-expired')` when it is too late, `service-not-trusted`, `site-unreachable`, and what the registrar
 * refuses with. The old certificate stays until the new one is whole.
 */
export const renewIfDue = async (identity: Identity, now: Instant): Promise<boolean> => {
	if (now < renewalDue(identity)) return false;
	if (now > identity.leaf.notAfter) {
		throw new Problem(
			'certificate-expired',
			`The certificate of ${identity.id} has expired: expect and commission it anew.`,
		);
	}
	const signer = await identity.signer();
	const service: EstService = {
		url: identity.estUrl,
		serviceCa: identity.serviceCa,
		identity: { certificate: identity.certificate, key: await identity.privateKey() },
	};
	const subject = principalSubject(identity);
	const chain = await simpleReenroll(service, (challengePassword) => buildCsr({ subject, challengePassword }, signer));
	const certificate = acceptCertificate(chain, signer.publicKey, await fetchCaCertificates(service));
	await writeCertificate(identity.folder, certificate);
	return true;
};
