import { askedHolder, isHeldAs } from './grant-holder.ts';
import type { Policy } from '../policy/policy.ts';
import type { StreamName } from '../device/stream-name.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Grant } from '../port/grant-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';

/** Whether somebody may read a stream, and until when that answer holds of itself. */
export type ReadDecision =
	| { readonly allowed: true; readonly until: Instant }
	| { readonly allowed: false; readonly refusal: Refusal };

/** The one refusal for every reader without a right, so that nothing is learned of what exists. */
const denied: ReadDecision = {
	allowed: false,
	refusal: { code: 'not-granted', requirement: 'deny-by-default', reason: 'no grant of yours covers this stream' },
};

/**
 * Denies by default (CR 2.1). A reader may read a stream that the policy names it for, while a grant of the same
 * application covers reader, device and stream. Grants are looked at again at every call: a lost one counts at once.
 */
export const judgeRead = (
	principal: PrincipalName,
	name: StreamName,
	policy: Policy | null,
	grants: readonly Grant[],
	now: Instant,
): ReadDecision => {
	// A device is trusted for writing its own streams and for nothing else: an opened one must not read its neighbours.
	if (principal.kind !== 'reader' || policy === null || principal.application !== name.application) return denied;
	if (policy.application !== name.application) return denied;
	const terms = policy.streams.get(name.stream);
	if (terms === undefined || !terms.readers.includes(principal.id)) return denied;
	const longest = policy.parameters['grant-expiry'];
	const asked = askedHolder(policy);
	let until = 0;
	for (const grant of grants) {
		if (!covers(grant, principal, name) || grant.ended !== null || now < grant.from) continue;
		// CR 2.1, CR 3.9: who has only the database must not add a reader, nor take back the end of a grant.
		if (grant.unrecorded === true) continue;
		// CR 2.1, explicit-readers: who runs the service must not add a reader by its own grant, nor by one stolen key.
		if (!isHeldAs(grant, asked)) continue;
		// CR 1.3: a grant made under a laxer policy ends when the present one would have ended it.
		const end = typeof longest === 'number' ? Math.min(grant.expires, grant.from + longest) : grant.expires;
		until = Math.max(until, end);
	}
	return now < until ? { allowed: true, until } : denied;
};

const covers = (grant: Grant, reader: PrincipalName, name: StreamName): boolean =>
	grant.application === name.application &&
	grant.reader === reader.id &&
	grant.stream === name.stream &&
	(grant.device === '*' || grant.device === name.device);
