import { type Instant, type Milliseconds, hours, Problem } from '@keyward/core';
import type { UpdateTarget } from '@keyward/core/update';
import type { FollowedRelease } from '@keyward/owner/follow';
import { type AdvanceOptions, requireFloor } from './advance.ts';

/** What a device says of the software that it started: `whole`, `authentic`, or why it is neither. */
export type JudgedSoftware = string;

export interface JudgeSoftwareOptions extends Pick<AdvanceOptions, 'files' | 'counter' | 'installer'> {
	/** What the owner has in force at this path now, verified from the pinned root on. */
	readonly follow: (path: string, now: Instant) => Promise<FollowedRelease | null>;
}

/** A slot is large: it is looked at when the agent starts, when another version runs, and after this. */
const AGAIN: Milliseconds = hours(24);
const LONGEST = 200;

/**
 * boot-verified (EDR 3.14). The slot that runs is compared with what was installed, and that with what the owner signs: `authentic` where
 * both are the same, `whole` where the first is. Throws `Problem('release-below-floor')`, `Problem('boot-log-mismatch')`. Null: nothing was
 * installed here, or the installer cannot look.
 */
export const inspectSoftware = async (
	options: Omit<JudgeSoftwareOptions, 'follow'>,
	running: UpdateTarget | null,
): Promise<'whole' | 'authentic' | null> => {
	if (running === null) return null;
	await requireFloor(options, running);
	return options.installer.inspect({ target: running, image: options.files.imageOf(running.sha256) });
};

/** Looks at it by itself, and remembers what it saw. Null: nothing can be said. */
export const createJudgeSoftware = (
	options: JudgeSoftwareOptions,
): ((running: UpdateTarget | null, now: Instant) => Promise<JudgedSoftware | null>) => {
	let last: { readonly sha256: string; readonly at: number; readonly found: JudgedSoftware | null } | null = null;
	const judge = async (running: UpdateTarget, now: Instant): Promise<JudgedSoftware | null> => {
		const found = await inspectSoftware(options, running);
		if (found !== 'authentic') return found;
		// EDR 3.14 RE(1): the image in the folder is authentic when the owner signs that very image, and not because it lies there.
		const signed = await options.follow(running.path, now);
		return signed?.sha256 === running.sha256 && signed.length === running.length ? 'authentic' : 'whole';
	};
	return async (running, now) => {
		if (running === null) return null;
		if (last?.sha256 === running.sha256 && performance.now() - last.at < AGAIN) return last.found;
		let found: JudgedSoftware | null;
		try {
			found = await judge(running, now);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			// A site that does not answer says nothing of the slot.
			if (error.code !== 'boot-log-mismatch' && error.code !== 'release-below-floor') throw error;
			found = error.detail.replaceAll(/\p{Cc}/gu, ' ').slice(0, LONGEST);
		}
		last = { sha256: running.sha256, at: performance.now(), found };
		return found;
	};
};
