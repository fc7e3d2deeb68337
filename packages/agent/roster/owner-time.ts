import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hours, type Instant, type Milliseconds } from '@keyward/core';
import { writeDurably } from '@keyward/custody';

const FILE = 'owner-time.json';
/** A power cut takes no more than that of what had passed. */
const KEEP_EVERY: Milliseconds = hours(1);

/** The time by which a device judges what its owner signed. */
export interface OwnerTime {
	/** At least what the owner dated last, and what has passed since while this machine was on. */
	now(): Instant;
	/** The owner dated something that this device took. */
	took(issued: Instant): Promise<void>;
	/** Keeps how far it has come, now and then. */
	keep(): Promise<void>;
}

/**
 * roster-age: a device has its time from the service, which may be the one that withholds the next roster: set back far enough, the one in
 * force would never end. So time goes on from the date that the owner signed, by the clock of this machine that nobody sets. What the service says may only
 * be later. A date of the service is not kept: one that was far ahead is over with the next that is true.
 */
export const openOwnerTime = async (
	{ folder, owner }: { readonly folder: string; readonly owner?: string },
	tick: () => Milliseconds,
	clock: () => Instant,
): Promise<OwnerTime> => {
	const path = join(folder, FILE);
	let from = owner === undefined ? null : await readTime(path, owner);
	let since = tick();
	let kept = from ?? 0;
	const reached = (): Instant => (from === null ? 0 : Math.floor(from + (tick() - since)));
	/** A disk that is full must not stop a device that measures: what is not kept counts until it is switched off. */
	const write = async (): Promise<void> => {
		const time = reached();
		await writeDurably(path, `${JSON.stringify({ owner, time })}\n`, 'replace').catch(() => undefined);
		kept = time;
	};
	return {
		now: () => Math.max(clock(), reached()),
		took: async (issued) => {
			if (owner === undefined || issued <= reached()) return;
			[from, since] = [issued, tick()];
			await write();
		},
		keep: async () => {
			if (from !== null && reached() - kept >= KEEP_EVERY) await write();
		},
	};
};

/** Null where there is none of this owner, or it is damaged: it begins again with the next roster. */
const readTime = async (path: string, owner: string): Promise<Instant | null> => {
	const text = await readFile(path, 'utf8').catch(() => null);
	try {
		const found: unknown = text === null ? null : JSON.parse(text);
		if (typeof found !== 'object' || found === null || !('time' in found) || !('owner' in found)) return null;
		return found.owner === owner && typeof found.time === 'number' && Number.isSafeInteger(found.time)
			? found.time
			: null;
	} catch {
		return null;
	}
};
