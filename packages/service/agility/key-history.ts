import type { Instant } from '@keyward/core';
import { issuedAt, lastKeyChange, type SaidOfKeys } from '@keyward/core/enrol';
import { type KeyAlgorithm, profilePublicKey, readCertificate } from '@keyward/core/format';
import type { CertificateStore, IssuedCertificate, PrincipalName, UpdateReport } from '@keyward/core/port';

/** What of a certificate tells one key or CA from another. */
export interface KeyInUse {
	readonly kind: KeyAlgorithm | null;
	/** Name of the CA's generation, DER. */
	readonly issuer: Uint8Array;
}

/** The keys of one device, by the certificates that the registrar gave out; `newest` and `before` are read when they are asked for. */
export interface KeysOfDevice {
	/** When its first certificate was issued; null: it has none. */
	readonly first: Instant | null;
	/** When it last went over to another key or issuer; null: never. */
	readonly changed: Instant | null;
	readonly newest: KeyInUse | null;
	/** What it had at that moment. */
	readonly before: KeyInUse | null;
}

export interface KeyHistory {
	of(device: PrincipalName, moment: Instant): Promise<KeysOfDevice>;
}

/** Certificates of which the kind and the issuer are kept, of some hundred bytes each. */
const MOST_REMEMBERED = 100_000;

export const createKeyHistory = (remembered: Pick<CertificateStore, 'certificates'>): KeyHistory => {
	/** By fingerprint: what a certificate says does not change, and reading 10,000 of them takes seconds. */
	const read = new Map<string, KeyInUse>();
	const inUse = ({ fingerprint, der }: IssuedCertificate): KeyInUse => {
		const id = Buffer.from(fingerprint).toString('base64');
		const known = read.get(id);
		if (known !== undefined) return known;
		if (read.size >= MOST_REMEMBERED) read.clear();
		const { issuerName: issuer, publicKey } = readCertificate(der);
		const found = { issuer, kind: profilePublicKey(publicKey)?.algorithm ?? null };
		read.set(id, found);
		return found;
	};
	return {
		of: async (device, moment) => {
			const certificates = await remembered.certificates(device);
			const [oldest] = certificates;
			const newest = certificates.at(-1);
			if (oldest === undefined || newest === undefined)
				return { first: null, changed: null, newest: null, before: null };
			const then = certificates.findLast((one) => issuedAt(one) < moment);
			// One alone shows no change, and most devices of a large fleet have one.
			const uses =
				certificates.length < 2
					? []
					: certificates.map((one) => ({ key: one.key, issued: issuedAt(one), issuer: inUse(one).issuer }));
			return {
				first: issuedAt(oldest),
				changed: lastKeyChange(uses),
				get newest() {
					return inUse(newest);
				},
				get before() {
					return then === undefined ? null : inUse(then);
				},
			};
		},
	};
};

/** What a device said of its keys last; null: nothing. */
export const keysSaid = (report: UpdateReport | null): SaidOfKeys | null => {
	const keys = report?.keys ?? null;
	return keys === null ? null : (JSON.parse(keys) as SaidOfKeys);
};
