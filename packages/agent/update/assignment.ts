import { type Milliseconds, Problem } from '@keyward/core';
import { apiSteps } from '@keyward/core/authorize/link';
import { type SigningAlgorithm, signingAlgorithms } from '@keyward/core/port/key-store';
import { readReleaseTarget, type RefusedRelease } from '@keyward/core/update';
import type { ExerciseAsked, SaidOfKeys } from '../enrolment/exercise-part.ts';
import type { CallOperation } from '../roster/fetch-file.ts';

/** What a device tells its site of its updates: its own word. */
export interface UpdateReport {
	/** What it runs, null before the first confirmed one. */
	readonly running: string | null;
	readonly floor: number;
	readonly state: string;
	readonly lastError: string | null;
	/** The last release that it did not take, and why; null: nothing since its last report. */
	readonly refused: (RefusedRelease & { readonly receipt?: string }) | null;
	/** `whole`, `authentic`, or why the software that runs is neither; null: it cannot tell. */
	readonly software: string | null;
	/** What it says of its keys and its link; null: nothing. */
	readonly keys: SaidOfKeys | null;
}

/** What the site would have it install: a hint, which decides nothing. */
export interface Assignment {
	/** Path of the image among the owner's targets; null: nothing. */
	readonly release: string | null;
	/** Begin at a random moment within it. */
	readonly spread: Milliseconds;
	/** What it asks of the keys and the link. */
	readonly exercise: ExerciseAsked;
}

const NOTHING: Assignment = { release: null, spread: 0, exercise: { rekey: false, kind: null, link: null } };
const DAY: Milliseconds = 86_400_000;

/** A site that gives out no releases is asked in vain. */
export const askAssignment = async (call: CallOperation, report: UpdateReport): Promise<Assignment> => {
	const { running, floor, state, lastError, refused, software, keys } = report;
	const error = lastError?.replaceAll(/\p{Cc}/gu, ' ').slice(0, 500) ?? null;
	const said = {
		running,
		floor,
		state,
		lastError: error,
		...(refused !== null && { refused }),
		...(software !== null && { software }),
		...(keys !== null && { keys }),
	};
	try {
		return readAssignment(Buffer.from(await call('update.assignment', said)).toString('utf8'));
	} catch (error) {
		if (error instanceof Problem && error.code === 'no-such-thing') return NOTHING;
		throw error;
	}
};

const kindOf = (kind: unknown): SigningAlgorithm | null => {
	if (kind === undefined) return null;
	const found = signingAlgorithms.find((one) => one === kind);
	// Another key than was asked for would be none: of a later site, perhaps.
	if (found === undefined) throw new Error('a kind of key that is not known');
	return found;
};

const linkOf = (link: unknown): ExerciseAsked['link'] => {
	if (link === undefined) return null;
	if (link === 'before') return link;
	const { floor, service, est, mqtt } = link as Readonly<Record<string, unknown>>;
	const step = apiSteps.find((one) => one === floor);
	if (step === undefined || typeof service !== 'string' || typeof est !== 'string' || typeof mqtt !== 'string')
		throw new Error('a link that is not known');
	return { floor: step, service, est, mqtt };
};

/** Throws what it cannot read. */
export const exerciseOf = ({ rekey, kind, link }: Readonly<Record<string, unknown>>): ExerciseAsked => ({
	rekey: rekey === true,
	kind: kindOf(kind),
	link: linkOf(link),
});

/** Throws `Problem('request-malformed')`. */
export const readAssignment = (text: string): Assignment => {
	try {
		const answer = JSON.parse(text) as Readonly<Record<string, unknown>>;
		const { release, spread } = answer;
		const isPath = typeof release === 'string' && readReleaseTarget(release)?.file === 'image';
		if ((release === null || isPath) && typeof spread === 'number' && spread >= 0)
			return {
				...{ release: release === null ? null : release, spread: Math.min(spread, DAY) },
				exercise: exerciseOf(answer),
			};
	} catch {
		// Said below.
	}
	throw new Problem('request-malformed', 'The site answered with no assignment of a release that can be read.');
};
