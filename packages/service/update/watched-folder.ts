import { stat } from 'node:fs/promises';
import { type Milliseconds, minutes, Problem } from '@keyward/core';
import type { Log } from '../log/log.ts';
import type { Documents, RefusedFile } from './documents.ts';

const LOOK_EVERY: Milliseconds = minutes(1);

const OTHERS_MAY_WRITE = 0o022;

/** The folder of the site file in which advisories are looked for. */
export interface WatchedFolder {
	/** What of the last look could not be taken. */
	refused(): readonly RefusedFile[];
	stop(): Promise<void>;
}

/**
 * catalogue: patch-deadline (IEC 62443-4-2 CR 2.1). Anyone who may write there says what is known, and what no longer is: it must be nobody but
 * this user and root. Throws `Problem('site-configuration')`.
 */
export const requireOwnFolder = async (folder: string): Promise<void> => {
	const found = await stat(folder).catch((cause: unknown) => {
		throw new Problem(
			'site-configuration',
			`The folder of advisories ${folder} cannot be looked at: make it, or correct its path.`,
			{ cause },
		);
	});
	const self = process.geteuid?.() ?? found.uid;
	if (!found.isDirectory())
		throw new Problem('site-configuration', `${folder} is not a folder: name the one that advisories lie in.`);
	if ((found.uid !== self && found.uid !== 0) || (found.mode & OTHERS_MAY_WRITE) !== 0)
		throw new Problem(
			'site-configuration',
			`The folder of advisories ${folder} can be written by other users of this machine: chmod go-w ${folder}, and chown it to the user of the service.`,
		);
};

/** Takes what lies in the folder, now and every minute. What cannot be taken is told once in the log, and taken as soon as it can be. */
export const watchFolder = (
	folder: string,
	documents: Pick<Documents, 'take'>,
	log: Log,
	every = LOOK_EVERY,
): WatchedFolder => {
	let refused: readonly RefusedFile[] = [];
	const told = new Set<string>();
	const look = async (): Promise<void> => {
		try {
			await requireOwnFolder(folder);
			({ refused } = await documents.take(folder, false));
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			refused = [{ file: folder, code: error.code, detail: error.detail }];
		}
		for (const { file, code, detail } of refused) {
			if (told.has(detail)) continue;
			told.add(detail);
			log.warn('an advisory was not taken', { file, code, detail });
		}
	};
	let busy: Promise<void> = Promise.resolve();
	const next = (): void => {
		busy = busy.then(look).catch((error: unknown) => log.report(error));
	};
	const timer = setInterval(next, every);
	next();
	return {
		refused: () => refused,
		stop: async () => {
			clearInterval(timer);
			await busy;
		},
	};
};
