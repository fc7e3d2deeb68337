import type { PrincipalSummary } from '@keyward/contract';
import { Problem } from '@keyward/core';
import type { KeyEvidence } from '@keyward/core/device';
import type { Principal, PrincipalName } from '@keyward/core/port';
import type { ApiDependencies } from './answer.ts';

type Needed = Pick<ApiDependencies, 'store' | 'sessions'>;

export const principalSummary = async (
	{ store, sessions }: Needed,
	principal: Principal,
): Promise<PrincipalSummary> => {
	const good = (await store.certificates(principal)).filter(({ revoked }) => revoked === null);
	const newest = good.at(-1);
	// Of another CA only where it has none of this site.
	const own = good.filter(({ evidence }) => evidence.adopted !== true);
	const ends = (own.length > 0 ? own : good).map(({ notAfter }) => notAfter);
	return {
		...principal,
		certificateUntil: ends.length === 0 ? null : Math.max(...ends),
		evidence: newest === undefined ? null : shownEvidence(newest.evidence),
		connected: sessions.of(principal) !== undefined,
	};
};

/** Those of an application, or of all. */
export const listPrincipals = async (
	needed: Needed,
	kind: PrincipalName['kind'],
	application?: string,
): Promise<PrincipalSummary[]> =>
	Promise.all(
		(await needed.store.principals(application))
			.filter((principal) => principal.kind === kind)
			.map((principal) => principalSummary(needed, principal)),
	);

/** Throws `Problem('device-unknown')` or `Problem('reader-unknown')`. */
export const requirePrincipal = async ({ store }: Pick<Needed, 'store'>, name: PrincipalName): Promise<Principal> => {
	const principal = await store.principal(name);
	if (principal !== null) return principal;
	throw new Problem(
		name.kind === 'device' ? 'device-unknown' : 'reader-unknown',
		`there is no ${name.kind} ${JSON.stringify(name.id)} in ${JSON.stringify(name.application)}; see keyward ${name.kind} list`,
	);
};

/** Without the path, which is for judging. */
export const shownEvidence = ({ custody, proof, part, manufacturer, emulated, adopted }: KeyEvidence): KeyEvidence => ({
	custody,
	proof,
	part,
	manufacturer,
	emulated,
	...(adopted === true && { adopted }),
});
