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

/** Looks at it by itself, and remembers what it saw. Null: nothing can be said. What cannot be looked at now is no reason not to ask the site. */
export const createJudgeSoftware = (
	options: JudgeSoftwareOptions,
): ((running: UpdateTarget | null, now: Instant) => Promise<JudgedSoftware | null>) => {
	let last: { readonly sha256: string; readonly at: number; readonly found: JudgedSoftware | null } | null = null;
	/** EDR 3.14 RE(1): the image in the folder is authentic when the owner signs that very image, and not because it lies there. */
	const isSigned = async ({ path, sha256, length }: UpdateTarget, now: Instant): Promise<boolean> => {
		const signed = await options.follow(path, now);
		return signed?.sha256 === sha256 && signed.length === length;
	};
	return async (running, now) => {
		if (running === null) return null;
		const { sha256 } = running;
		if (last?.sha256 === sha256 && performance.now() - last.at < AGAIN) return last.found;
		let found: JudgedSoftware | null;
		try {
			found = await inspectSoftware(options, running);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			if (error.code !== 'boot-log-mismatch' && error.code !== 'release-below-floor') return null;
			found = error.detail.replaceAll(/\p{Cc}/gu, ' ').slice(0, LONGEST);
		}
		if (found === 'authentic')
			try {
				if (!(await isSigned(running, now))) found = 'whole';
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
				// What the site has of the owner is out of date, or it does not answer: asked again with the next look.
				return 'whole';
			}
		last = { sha256, at: performance.now(), found };
		return found;
	};
};
