import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, Problem } from '@keyward/core';
import type { Restored, RestoreOptions } from './restore.ts';

/** Folders of rehearsals in a data folder begin so. */
export const REHEARSAL = 'rehearsal-';

/**
 * Requirement restorable (CR 7.3 RE(1), CR 7.4): restores a backup of this site into a folder that is removed again, with
 * everything that a restore verifies, beside the running service. Throws what `restore` throws.
 */
export const rehearse = async (data: string, from: string, sealFile: string | null): Promise<Restored> => {
	const folder = await mkdtemp(join(data, REHEARSAL));
	try {
		return await inThread({
			...{ from, sealFile, data: join(folder, 'site'), revocations: [], certificates: [] },
			// Its own seals: another site's backup does not open under them.
			seals: data,
		});
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
};

/** Removes what a rehearsal left that was cut off: it has the site's keys in it. */
export const removeRehearsals = async (data: string): Promise<void> => {
	for (const name of await readdir(data)) {
		if (name.startsWith(REHEARSAL)) await rm(join(data, name), { recursive: true, force: true });
	}
};

type Outcome = { readonly restored: Restored } | { readonly code: ErrorCode; readonly detail: string };

const inThread = (options: Omit<RestoreOptions, 'clock'>): Promise<Restored> =>
	new Promise((resolve, reject) => {
		const worker = new Worker(new URL('./rehearsal-worker.ts', import.meta.url), { workerData: options });
		worker.once('message', (outcome: Outcome) => {
			if ('restored' in outcome) resolve(outcome.restored);
			else reject(new Problem(outcome.code, outcome.detail));
		});
		worker.once('error', reject);
		worker.once('exit', (code) => reject(new Error(`the rehearsal ended with ${code}`)));
	});
