import { hash, timingSafeEqual } from 'node:crypto';
import type { FactStore, IssuedCertificate, Principal, PrincipalStore } from '@keyward/core/port';
import { openClearing } from '../evidence/retirement.ts';

/** Who says that it is a device whose TPM is being cleared, and so has no key to prove it with. */
export interface ClearingClaim {
	readonly application: string;
	readonly id: string;
	readonly secret: string;
}

/** What is kept of a secret. */
export const digestOf = (secret: string): string => hash('sha256', secret);

/** As `ClearingBegun.newest`. */
export const newestOf = (held: readonly IssuedCertificate[]): string =>
	Buffer.from(held.at(-1)?.fingerprint ?? []).toString('hex');

/** The retired device that the claim is of; null when it is not its holder's. */
export const judgeClaim = async (
	store: Pick<PrincipalStore, 'principal'> & Pick<FactStore, 'facts'>,
	{ application, id, secret }: ClearingClaim,
): Promise<Principal | null> => {
	const principal = await store.principal({ kind: 'device', application, id });
	// CR 7.1: a stranger's guess costs one look-up.
	if (principal?.state !== 'retired') return null;
	const begun = openClearing(await store.facts(application), principal);
	return begun !== null && timingSafeEqual(Buffer.from(begun.secret), Buffer.from(digestOf(secret))) ? principal : null;
};
