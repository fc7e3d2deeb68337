import { join } from 'node:path';
import type { CertificateView } from '@keyward/core/format';
import { generationName, type RevokedCertificate, type Signer } from '@keyward/core/port';
import type { Authority } from '../authority/authority.ts';
import { readCertificates } from '../authority/certified-key.ts';

/**
 * One key of one CA, which tells the status of every certificate that it signed. A CA that is being rolled over is several,
 * each as long as it counts.
 */
export interface StatusAuthority {
	/** Null for the site root, which signs issuing CAs. */
	readonly application: string | null;
	readonly certificate: CertificateView;
	readonly signer: Signer;
}

const ISSUING = 'issuing.';

/** Every CA key of the site that devices, readers and issuing CAs may be certified by. */
export const statusAuthorities = (authority: Pick<Authority, 'names' | 'held'>): StatusAuthority[] =>
	authority
		.names()
		// Anyone who trusts the service CA has pinned it; nobody asks it for lists.
		.filter((name) => name === 'site-root' || name.startsWith(ISSUING))
		.flatMap((name) =>
			authority.held(name).map(({ certificate, signer }) => ({
				application: name === 'site-root' ? null : name.slice(ISSUING.length),
				certificate,
				signer,
			})),
		);

/** Issuance CAs that count no more: what the site root's list tells others. `folder` is the authority's. */
export const retiredAuthorities = async (
	authority: Pick<Authority, 'list'>,
	folder: string,
): Promise<RevokedCertificate[]> => {
	const retired: RevokedCertificate[] = [];
	for (const { name, number, state, since } of await authority.list()) {
		if (!name.startsWith(ISSUING) || (state !== 'retiring' && state !== 'retired')) continue;
		const [certificate] = await readCertificates(join(folder, `${generationName(name, number)}.pem`));
		if (certificate === undefined) continue;
		const { serial, notAfter, der } = certificate;
		const reason = 'retired by its operator';
		retired.push({ serial, notAfter, der, revoked: { at: since, cause: 'superseded', reason } });
	}
	return retired;
};
