import type { StatusAddresses } from '@keyward/core/enrol';
import type { CertificateView, OcspRequest } from '@keyward/core/format';
import type { CertificateStore, Clock, Entropy, NumberStore, RevokedCertificate } from '@keyward/core/port';
import type { Authority } from '../authority/authority.ts';
import { createOcspResponder, type OcspReply } from './ocsp-responder.ts';
import { openRevocationLists, type RevocationLists } from './revocation-lists.ts';
import { statusAddresses } from './status-addresses.ts';
import { retiredAuthorities, statusAuthorities } from './status-authority.ts';

/** What the site tells others of the certificates that its CAs issued. Its own doors look into the registry instead. */
export interface Status {
	readonly lists: RevocationLists;
	ocsp(request: OcspRequest): Promise<OcspReply>;
	/** Where certificates by this CA say that all this is; undefined before `announce`. */
	addressesOf(issuer: CertificateView): StatusAddresses | undefined;
	/** Base of the listener's addresses, as the certificates will carry it. */
	announce(base: string): void;
	revoked(certificate: RevokedCertificate): void;
	/** Told of each revocation. */
	onRevoked(listener: () => void): void;
}

export interface StatusOptions {
	readonly authority: Authority;
	/** Where the authority's certificates lie. */
	readonly authorityFolder: string;
	/** Where the lists are kept. */
	readonly folder: string;
	readonly store: CertificateStore & NumberStore;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly report: (error: unknown) => void;
}

export const openStatus = async (options: StatusOptions): Promise<Status> => {
	const { authority, authorityFolder, folder, store, clock, entropy, report } = options;
	const authorities = () => statusAuthorities(authority);
	const retired = () => retiredAuthorities(authority, authorityFolder);
	const lists = await openRevocationLists({ folder, authorities, retired, store, clock, report });
	let base: string | null = null;
	let tellRevoked: () => void = () => {};
	return {
		lists,
		ocsp: createOcspResponder({ authorities, store, clock, entropy }),
		addressesOf: (issuer) => (base === null ? undefined : statusAddresses(base, issuer)),
		announce: (announced) => {
			base = announced;
		},
		revoked: (certificate) => {
			tellRevoked();
			lists.revoked(certificate);
		},
		onRevoked: (listener) => {
			tellRevoked = listener;
		},
	};
};
