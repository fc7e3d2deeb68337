import { type Instant, minutes, Problem, seconds } from '@keyward/core';
import { ChildLost, startChild } from '@keyward/custody/child-process';
import type { RosterState } from '@keyward/owner/follow';
import type { Identity } from '../identity/identity.ts';
import { passLine } from '../tls/engine-noise.ts';
import { followingOf, refreshHere, type RefreshProtocol } from './refresh.ts';

const PATIENCE = minutes(5);
const END_GRACE = seconds(10);

/** The owner's roster as this device or reader last took it, at this moment; null where it was commissioned without an owner. */
export const rosterOf = async (identity: Identity, now: Instant): Promise<RosterState | null> => {
	const following = followingOf(identity);
	if (following === null) return null;
	// Most have no owner, and start without what reads his files.
	const { currentRoster } = await import('@keyward/owner/follow');
	return currentRoster(following, now);
};

/**
 * Fetches what the owner has signed meanwhile, and gives the roster; null where it was commissioned without an owner. Throws what
 * `refreshRoster` does; what was taken before stays, for {@link rosterOf}. With a key in hardware in a separate process, because
 * OpenSSL's engine loads once in the life of one.
 */
export const refreshRosterOf = async (identity: Identity, now: Instant): Promise<RosterState | null> => {
	if (identity.hardware === undefined) return refreshHere(identity, now);
	if (identity.owner === undefined) return null;
	const child = startChild<RefreshProtocol>({
		program: new URL('./refresh-child.ts', import.meta.url),
		onLine: passLine,
	});
	try {
		await child.ask({ folder: identity.folder, now }, PATIENCE);
	} catch (error) {
		if (!(error instanceof ChildLost)) throw error;
		throw new Problem('internal', `Asking for the owner's roster failed: ${error.message}.`);
	} finally {
		await child.end(END_GRACE);
	}
	return rosterOf(identity, now);
};
