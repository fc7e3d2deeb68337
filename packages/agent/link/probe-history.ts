import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant, Milliseconds } from '@keyward/core';
import { writeDurably } from '@keyward/custody';
import type { LinkSettings } from './message.ts';

/** In the device's folder: when it last tried what the service must refuse, milliseconds since 1970. */
const fileOf = (folder: string): string => join(folder, 'probed');

export const noteProbe = async (folder: string, now: Instant): Promise<void> => {
	await writeDurably(fileOf(folder), `${now}\n`, 'replace');
};

/**
 * The probe of this start: no sooner after the last one than it is to be repeated. A device that is started again and again
 * would look like one that replays what it sent.
 */
export const probeAfterLast = async (
	folder: string,
	probe: LinkSettings['probe'],
	now: Instant,
): Promise<LinkSettings['probe']> => {
	if (probe === null) return null;
	const last = Number(await readFile(fileOf(folder), 'utf8').catch(() => ''));
	// One that lies in the future is of a clock that was set back.
	const wait: Milliseconds = last > 0 && last <= now ? last + probe.every - now : 0;
	return { ...probe, first: Math.max(probe.first, wait) };
};
