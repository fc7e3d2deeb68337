import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Instant, minutes } from '@keyward/core';
import type { StoreLook } from '@keyward/store';
import { type Check, finding, held, type Patient, unknown } from './check.ts';

const run = promisify(execFile);

const date = (at: Instant): string => new Date(at).toISOString();

/** What is stored may be a little ahead of a clock that was just set. */
const TOLERANCE = minutes(1);

/** The clock is kept by somebody, and is not behind what the site has already seen. */
export const checkClock = async ({ data, site }: Patient, look: StoreLook | null, now: Instant): Promise<Check[]> => {
	const seen = [look?.newest ?? null, await beginning(join(data, 'authority', 'service.pem'))].filter(
		(at) => at !== null,
	);
	const newest = Math.max(...seen);
	const tolerance = site?.clockTolerance ?? TOLERANCE;
	const kept = await checkSynchronised();
	if (seen.length === 0) return [kept];
	return [
		kept,
		newest > now + tolerance
			? finding(
					'clock',
					`it says ${date(now)}, and the site has seen ${date(newest)}`,
					'set the clock: readings and certificates of later are refused',
				)
			: held('clock', `${date(now)}, after all that the site has seen`),
	];
};

/** When a certificate begins: nobody's clock was before that when it was made. */
const beginning = async (file: string): Promise<Instant | null> => {
	const pem = await readFile(file).catch(() => null);
	return pem === null ? null : new X509Certificate(pem).validFromDate.getTime();
};

const checkSynchronised = async (): Promise<Check> => {
	const check = 'clock source';
	try {
		const { stdout } = await run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { timeout: 5000 });
		const said = stdout.trim();
		if (said === 'yes') return held(check, 'kept by a time service');
		if (said === 'no')
			return finding(
				check,
				'no time service keeps the clock',
				'run one (systemd-timesyncd, chrony): timedatectl set-ntp true',
			);
	} catch {
		// No systemd, as in a container: the host keeps the clock.
	}
	return unknown(
		check,
		'timedatectl does not say whether a time service keeps the clock; in a container the host does',
	);
};
