import { days, hours, type Milliseconds } from '../units/milliseconds.ts';
import type { Instant } from '../units/instant.ts';

/** An image that the owner signed, of one class. */
export interface TrialImage {
	readonly class: string;
	/** Among the owner's targets. */
	readonly path: string;
	readonly securityFloor: number;
}

/** An older release that was offered to a device to see whether it refuses it. */
export interface RollbackTrial {
	readonly path: string;
	readonly at: Instant;
}

/** How often a device is tried, and for how long what it showed counts: one that sleeps for a month is not late. */
export const TRIAL_EVERY: Milliseconds = days(30);
export const TRIAL_COUNTS_FOR: Milliseconds = days(90);
/** One that showed nothing, or took the older release, is tried again after this. */
export const TRIAL_AGAIN: Milliseconds = hours(24);

/** What an updater rests in: a device in the middle of an update is not asked for another. */
const RESTS = new Set(['confirmed', 'fallen-back']);

/**
 * catalogue: rollback-refused. The highest release below the floor that the device says it keeps, if it is time to try it. Null: nothing
 * to try it with, it is too early, or it is at something else.
 */
export const dueTrial = (
	images: readonly TrialImage[],
	device: { readonly class: string; readonly floor: number; readonly state: string },
	last: { readonly at: Instant; readonly refused: boolean } | null,
	now: Instant,
): RollbackTrial | null => {
	if (!RESTS.has(device.state)) return null;
	if (last !== null && now >= last.at && now - last.at < (last.refused ? TRIAL_EVERY : TRIAL_AGAIN)) return null;
	const [highest] = images
		.filter((one) => one.class === device.class && one.securityFloor < device.floor)
		.toSorted((a, b) => b.securityFloor - a.securityFloor);
	return highest === undefined ? null : { path: highest.path, at: now };
};

/** What a device said of a release that it did not take. */
export interface RefusedRelease {
	readonly release: string;
	readonly code: string;
}

/** Whether this is the refusal that was tried for: of this very release, because of its floor. */
export const isRefusal = ({ path }: RollbackTrial, said: RefusedRelease | null): boolean =>
	said !== null && said.release === path && said.code === 'release-below-floor';
