import type { Policy } from '../policy/policy.ts';
import type { Refusal } from '../problem/refusal.ts';

/** What a listener can say of a link: both ends' TLS version, and the floor that the listener itself holds. */
export interface Link {
	/** As the handshake ended: `TLSv1.2` or `TLSv1.3` (RFC 8446). */
	readonly protocol: string;
	/** The least key agreement that this listener takes; a server cannot see which group a handshake chose. */
	readonly groups: 'any' | 'hybrid';
}

/** Steps of the requirement `link-encryption`, weakest first. */
export const linkSteps = ['tls1.2-aead', 'tls1.3', 'tls1.3-pq'] as const;

export type LinkStep = (typeof linkSteps)[number];

/** Those that the API is served at: no client of ours is older. A listener at `tls1.2-aead` serves enrolment (EST) alone. */
export const apiSteps = ['tls1.3', 'tls1.3-pq'] as const satisfies readonly LinkStep[];

export type ApiStep = (typeof apiSteps)[number];

/** Whether a listener of this floor serves the API, and not enrolment alone. */
export const servesApi = (floor: LinkStep): boolean => apiSteps.some((step) => step === floor);

/** The step that a link reaches; null is below the first. */
export const linkStep = ({ protocol, groups }: Link): LinkStep | null => {
	if (protocol === 'TLSv1.3') return groups === 'hybrid' ? 'tls1.3-pq' : 'tls1.3';
	return protocol === 'TLSv1.2' ? 'tls1.2-aead' : null;
};

/** CR 4.1, CR 4.3: a weaker link can be read or downgraded by anyone who carries it. */
export const judgeLink = (link: Link | null, policy: Pick<Policy, 'parameters'>): Refusal[] => {
	const asked = policy.parameters['link-encryption'];
	if (asked === null) return [];
	const held = link === null ? null : linkStep(link);
	const least = linkSteps.findIndex((step) => step === asked);
	// A step that is not known here no link holds.
	if (held !== null && least !== -1 && linkSteps.indexOf(held) >= least) return [];
	return [
		{
			code: 'link-too-weak',
			requirement: 'link-encryption',
			reason: `the link is ${held ?? link?.protocol ?? 'plain'}, the policy asks ${String(asked)}`,
		},
	];
};
