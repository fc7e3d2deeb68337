import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant, Milliseconds } from '@keyward/core';
import { writeDurably } from '@keyward/custody';

/** In the device's folder: when it last tried what the service must refuse, milliseconds since 1970. */
const fileOf = (folder: string): string => join(folder, 'probed');

/**
 * Whether the service may be tried now: 0, and that is noted before anything is sent; else how long to wait. A device that is started,
 * connected or re-keyed again and again would look like one that replays what it sent.
 */
export const claimProbe = async (folder: string, every: Milliseconds, now: Instant): Promise<Milliseconds> => {
	const last = Number(await readFile(fileOf(folder), 'utf8').catch(() => ''));
	// One that lies in the future is of a clock that was set back.
	const wait = last > 0 && last <= now ? Math.max(0, last + every - now) : 0;
	if (wait === 0) await writeDurably(fileOf(folder), `${now}\n`, 'replace');
	return wait;
};
