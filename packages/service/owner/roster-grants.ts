import type { Grant } from '@keyward/core/port';
import type { RosterInForce } from '@keyward/owner';

/** How strictly a roster is signed, in the scale of `explicit-readers`. */
export const heldBy = ({ threshold, keys }: Pick<RosterInForce, 'threshold' | 'keys'>): 'roster' | 'roster-2-of-3' =>
	threshold >= 2 && keys >= 3 ? 'roster-2-of-3' : 'roster';

/** The grants that a roster makes: each of its readers, each of their streams, until reader or roster expires. */
export const rosterGrants = (inForce: RosterInForce): Grant[] => {
	const { application, number, issued, expires, readers } = inForce.roster;
	return [...readers].flatMap(([reader, terms]) =>
		terms.streams.map((stream): Grant => ({
			id: `roster-${application}-${number}-${reader}-${stream}`,
			...{ application, reader, device: '*', stream },
			purpose: terms.purpose,
			from: issued,
			expires: Math.min(expires, terms.expires),
			ended: null,
			held: heldBy(inForce),
		})),
	);
};
