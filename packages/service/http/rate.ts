import { Problem } from '@keyward/core';

export interface RateLimits {
	/** Taken for as long as somebody asks. */
	readonly perSecond: number;
	/** Taken at once after a pause. */
	readonly atOnce: number;
}

/** CR 7.1: peers that are remembered. One that is forgotten begins with all it may have at once. */
const REMEMBERED = 4096;

/** How often each peer asks (CR 7.1). Throws `Problem('request-too-often')`. */
export const createRate = (
	{ perSecond, atOnce }: RateLimits,
	now: () => number = () => performance.now(),
): ((peer: string) => void) => {
	/** The one that asked longest ago first. */
	const peers = new Map<string, { left: number; at: number }>();
	return (peer) => {
		const at = now();
		const known = peers.get(peer) ?? { left: atOnce, at };
		const left = Math.min(atOnce, known.left + (Math.max(0, at - known.at) / 1000) * perSecond);
		peers.delete(peer);
		const [oldest] = peers.keys();
		if (peers.size >= REMEMBERED && oldest !== undefined) peers.delete(oldest);
		peers.set(peer, { left: Math.max(0, left - 1), at });
		if (left < 1)
			throw new Problem(
				'request-too-often',
				`More than ${perSecond} requests a second came from you for too long: ask again in a second, and less often.`,
			);
	};
};
