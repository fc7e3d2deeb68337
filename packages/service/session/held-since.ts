import type { Instant } from '@keyward/core';
import type { CertificateStore, PrincipalName } from '@keyward/core/port';

/** A certificate that ended because the same device has a newer one. */
const isSuccession = ({ cause }: { readonly cause: string }): boolean => cause === 'superseded';

/**
 * Since when the name stands for the device that it stands for now: its last revocation. What was sent to a predecessor of
 * the same name is not for its successor (CR 2.1).
 */
export const heldSince = async (store: CertificateStore, name: PrincipalName): Promise<Instant> =>
	(await store.certificates(name)).reduce(
		(since, { revoked }) => (revoked === null || isSuccession(revoked) ? since : Math.max(since, revoked.at)),
		0,
	);

/** The same, and not before its first certificate. */
export const existsSince = async (
	store: Pick<CertificateStore, 'certificates'>,
	name: PrincipalName,
): Promise<Instant> => {
	let ended = Number.NEGATIVE_INFINITY;
	let first = Number.POSITIVE_INFINITY;
	for (const { notBefore, revoked } of await store.certificates(name)) {
		if (revoked !== null && !isSuccession(revoked)) ended = Math.max(ended, revoked.at);
		else first = Math.min(first, notBefore);
	}
	return Math.max(ended, first);
};
