import { parentPort, workerData } from 'node:worker_threads';
import { Problem } from '@keyward/core';
import { restore, type RestoreOptions } from './restore.ts';

/** Restores what it is told to, in a separate thread. */
try {
	const options = workerData as Omit<RestoreOptions, 'clock'>;
	parentPort?.postMessage({ restored: await restore({ ...options, clock: { now: () => Date.now() } }) }, []);
} catch (error) {
	if (!(error instanceof Problem)) throw error;
	parentPort?.postMessage({ code: error.code, detail: error.detail }, []);
}
