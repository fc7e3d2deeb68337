import { type Bytes, type Instant, type Milliseconds, Problem, type Refusal, seconds } from '@keyward/core';
import { diskRoom } from './disk.ts';

/** What keeps a reading out whatever it is, as it stands at this moment. */
export interface Limits {
	/** Nothing of a time before it is admitted: it could be a replay of what was forgotten. −∞ while nothing is. */
	forgottenBefore: Instant;
	/** Less room than the reserve is left. */
	diskShort: boolean;
}

export const createLimits = (forgottenBefore: Instant | null): Limits => ({
	forgottenBefore: forgottenBefore ?? Number.NEGATIVE_INFINITY,
	diskShort: false,
});

/** Requirement replay-refused (CR 3.1): what stood under its identity cannot be looked up any more. */
export const forgotten: Refusal = {
	code: 'reading-forgotten',
	requirement: 'replay-refused',
	reason: 'the site keeps nothing of that time any more, so it cannot know whether the reading was there before',
};

/** Refused before the disk is full: revocations, sessions and facts must still be written then (IEC 62443 CR 7.2). */
export const diskShort: Refusal = {
	code: 'disk-short',
	requirement: 'input-refused',
	reason: 'the disk of the service is nearly full; keep the reading and send it again',
};

/** The same work, but throwing `Problem('disk-short')` while the room left must not be spent on it. */
export const withRoom =
	<In extends readonly unknown[], Out>(limits: Limits, work: (...input: In) => Promise<Out>) =>
	async (...input: In): Promise<Out> => {
		if (!limits.diskShort) return work(...input);
		throw new Problem('disk-short', 'The disk of the service is nearly full. Free space, then ask again.');
	};

const LOOK_EVERY: Milliseconds = seconds(1);

/** Looks at the free space of the data folder again and again. It is short below the reserve, until a quarter more is free. */
export const watchDisk = (
	data: string,
	reserve: Bytes,
	limits: Limits,
	report: (error: unknown) => void,
): { stop(): void } => {
	const look = async (): Promise<void> => {
		const { free } = await diskRoom(data);
		limits.diskShort = free < (limits.diskShort ? reserve * 1.25 : reserve);
	};
	const timer = setInterval(() => void look().catch(report), LOOK_EVERY);
	void look().catch(report);
	return { stop: () => clearInterval(timer) };
};
