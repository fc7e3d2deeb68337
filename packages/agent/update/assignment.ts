import { type Milliseconds, Problem } from '@keyward/core';
import { readReleaseTarget, type RefusedRelease } from '@keyward/core/update';
import type { CallOperation } from '../roster/fetch-file.ts';

/** What a device tells its site of its updates: its own word. */
export interface UpdateReport {
	/** What it runs, null before the first confirmed one. */
	readonly running: string | null;
	readonly floor: number;
	readonly state: string;
	readonly lastError: string | null;
	/** The last release that it did not take, and why; null: nothing since its last report. */
	readonly refused: RefusedRelease | null;
	/** `whole`, `authentic`, or why the software that runs is neither; null: it cannot tell. */
	readonly software: string | null;
}

/** What the site would have it install: a hint, which decides nothing. */
export interface Assignment {
	/** Path of the image among the owner's targets; null: nothing. */
	readonly release: string | null;
	/** Begin at a random moment within it. */
	readonly spread: Milliseconds;
	/** It asks for another key. */
	readonly rekey: boolean;
}

const NOTHING: Assignment = { release: null, spread: 0, rekey: false };
const DAY: Milliseconds = 86_400_000;

/** A site that gives out no releases is asked in vain. */
export const askAssignment = async (call: CallOperation, report: UpdateReport): Promise<Assignment> => {
	const { running, floor, state, lastError, refused, software } = report;
	const error = lastError?.replaceAll(/\p{Cc}/gu, ' ').slice(0, 500) ?? null;
	const said = {
		running,
		floor,
		state,
		lastError: error,
		...(refused !== null && { refused }),
		...(software !== null && { software }),
	};
	try {
		return readAssignment(Buffer.from(await call('update.assignment', said)).toString('utf8'));
	} catch (error) {
		if (error instanceof Problem && error.code === 'no-such-thing') return NOTHING;
		throw error;
	}
};

/** Throws `Problem('request-malformed')`. */
export const readAssignment = (text: string): Assignment => {
	try {
		const { release, spread, rekey } = JSON.parse(text) as Readonly<Record<string, unknown>>;
		const isPath = typeof release === 'string' && readReleaseTarget(release)?.file === 'image';
		if ((release === null || isPath) && typeof spread === 'number' && spread >= 0)
			return { release: release === null ? null : release, spread: Math.min(spread, DAY), rekey: rekey === true };
	} catch {
		// Said below.
	}
	throw new Problem('request-malformed', 'The site answered with no assignment of a release that can be read.');
};
