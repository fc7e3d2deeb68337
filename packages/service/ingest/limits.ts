import { type Bytes, days, type Instant, type Milliseconds, Problem, type Refusal, seconds } from '@keyward/core';
import { paceMultiple, takeOne } from '@keyward/core/observe';
import { diskRoom } from './disk.ts';
import type { LiveStream } from './streams.ts';

/** What keeps a reading out whatever it is, as it stands at this moment. */
export interface Limits {
	/** Nothing of a time before it is admitted: it could be a replay of what was forgotten. −∞ while nothing is. */
	forgottenBefore: Instant;
	/** Less room than the reserve is left. */
	diskShort: boolean;
	/** What one device may write in a day. */
	deviceShare: Bytes;
}

export const createLimits = (forgottenBefore: Instant | null): Limits => ({
	forgottenBefore: forgottenBefore ?? Number.NEGATIVE_INFINITY,
	diskShort: false,
	deviceShare: Number.POSITIVE_INFINITY,
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

/** CR 7.1: one device's flood is not written, nor waited for. The agent keeps the reading and sends it again. */
const tooOften: Refusal = {
	code: 'reading-too-often',
	requirement: 'overload-held',
	reason: `the stream sends more than ${paceMultiple} times as often as its policy says; keep the reading and send it again`,
};

const tooMuch: Refusal = {
	code: 'reading-too-often',
	requirement: 'overload-held',
	reason: 'the device has written its share of the disk today; keep the reading and send it again',
};

/** What a row takes beside its record, with its index. */
const rowSize: Bytes = 100;
const day = days(1);

/** Whether the stream may write a record of this size now; counts it if so. */
export const overPace = (
	{ pace, share }: Pick<LiveStream, 'pace' | 'share'>,
	size: Bytes,
	{ deviceShare }: Pick<Limits, 'deviceShare'>,
	now: Instant,
): Refusal | null => {
	if (pace === null || pace.every === null) return null;
	// A clock that was set back begins no day, and the next one is counted by it.
	if (now < share.since) share.since = now;
	if (now - share.since >= day) {
		share.since = now;
		share.taken = 0;
	}
	if (share.taken + size + rowSize > deviceShare) return tooMuch;
	if (!takeOne(pace, now)) return tooOften;
	share.taken += size + rowSize;
	return null;
};

/** A device may write this part of the free room in a day, and at least so much: years of a usual one. */
const sharePart = 16;
const leastShare: Bytes = 4 * 1024 * 1024;

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
		limits.deviceShare = Math.max(leastShare, (free - reserve) / sharePart);
		limits.diskShort = free < (limits.diskShort ? reserve * 1.25 : reserve);
	};
	const timer = setInterval(() => void look().catch(report), LOOK_EVERY);
	void look().catch(report);
	return { stop: () => clearInterval(timer) };
};
