import { askedHolder, isHeldAs } from './grant-holder.ts';
import type { Policy } from '../policy/policy.ts';
import type { Grant } from '../port/grant-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { days, type Milliseconds } from '../units/milliseconds.ts';

/** How long a grant lasts where neither the request nor the policy says. */
const defaultLength: Milliseconds = days(365);

/** When a grant ends that names no end: the policy's longest, at most a year. */
export const defaultGrantEnd = (policy: Policy, from: Instant): Instant => {
	const longest = policy.parameters['grant-expiry'];
	return from + (typeof longest === 'number' ? Math.min(longest, defaultLength) : defaultLength);
};

/** Judges a grant about to be made. Null accepts. */
export const judgeGrant = (grant: Grant, policy: Policy): Refusal | null => {
	const terms = policy.streams.get(grant.stream);
	if (terms === undefined) {
		return {
			code: 'reading-unknown-stream',
			requirement: 'explicit-readers',
			reason: `the policy of ${policy.application} has no stream ${JSON.stringify(grant.stream)}; it has ${[...policy.streams.keys()].join(', ')}`,
		};
	}
	// CR 2.1: anyone who can make grants must not widen the owner's list of readers.
	if (!terms.readers.includes(grant.reader)) {
		return {
			code: 'reader-unknown',
			requirement: 'explicit-readers',
			reason: `the policy does not name ${JSON.stringify(grant.reader)} as a reader of ${grant.stream}; it names ${terms.readers.join(', ') || 'nobody'}`,
		};
	}
	if (!isHeldAs(grant, askedHolder(policy))) {
		return {
			code: 'not-granted',
			requirement: 'explicit-readers',
			reason: `the readers of ${policy.application} are those of a roster that the owner signs: keyward grant with --sign, or keyward roster prepare`,
		};
	}
	// CR 1.3: a grant nobody looks at again outlives its purpose.
	const longest = policy.parameters['grant-expiry'];
	if (typeof longest === 'number' && grant.expires - grant.from > longest) {
		return {
			code: 'grant-too-long',
			requirement: 'grant-expiry',
			reason: `a grant may last ${longest / days(1)} d at most under this policy`,
		};
	}
	if (grant.expires <= grant.from) {
		return { code: 'grant-too-long', requirement: 'grant-expiry', reason: 'the grant would end before it begins' };
	}
	return null;
};
