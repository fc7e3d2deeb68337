import { type Instant, minutes, Problem } from '@keyward/core';
import type { Policy } from '@keyward/core/policy';
import type { RosterInForce } from '@keyward/owner';
import { heldBy } from './roster-grants.ts';

const CLOCKS_DIFFER = minutes(10);

/** Judges a roster that is about to be in force. Throws `Problem('roster-refused')`, so that its owner hears it and not its readers. */
export const requireFitting = (inForce: RosterInForce, policy: Policy, now: Instant): void => {
	const { application, issued, expires } = inForce.roster;
	const refuse = (why: string): never => {
		throw new Problem('roster-refused', `The roster of ${application} does not fit its policy: ${why}.`);
	};
	if (issued > now + CLOCKS_DIFFER) refuse('it is dated in the future; look at the clocks of both machines');
	if (policy.mode !== 'enforce') return;
	// roster-age: a service that withholds the next roster gains as long as this one lasts.
	const longest = policy.parameters['roster-age'];
	if (typeof longest === 'number' && expires - issued > longest)
		refuse(`it is good for ${hoursOf(expires - issued)} h, and may be for ${hoursOf(longest)} h at most (roster-age)`);
	// explicit-readers: one stolen key must not add a reader.
	if (policy.parameters['explicit-readers'] === 'roster-2-of-3' && heldBy(inForce) !== 'roster-2-of-3')
		refuse(`${inForce.threshold} of ${inForce.keys} keys sign it, and it must be at least 2 of 3 (explicit-readers)`);
	for (const [name, terms] of inForce.roster.streams) {
		const known = policy.streams.get(name);
		if (known === undefined) refuse(`the policy has no stream ${name}`);
		else if (known.unit !== terms.unit)
			refuse(`the unit of ${name} is ${known.unit} in the policy and ${terms.unit} in the roster`);
	}
};

const hoursOf = (span: number): number => Math.round(span / 360_000) / 10;
