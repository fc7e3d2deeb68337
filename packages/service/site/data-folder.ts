import { stat } from 'node:fs/promises';
import { Problem } from '@keyward/core';

const OTHERS_MAY_WRITE = 0o022;

/**
 * CR 4.1, CR 2.1: anyone who can write the data folder can put another database, key or operator's socket in the place of ours.
 * Throws `Problem('site-configuration')` when that is anybody but this user and root; a folder that is not there will be made.
 */
export const requireOwnDataFolder = async (folder: string): Promise<void> => {
	const found = await stat(folder).catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw new Problem('site-configuration', `${folder} cannot be looked at.`, { cause: error });
	});
	if (found === null) return;
	const refuse = (what: string): never => {
		throw new Problem('site-configuration', `The data folder ${folder} ${what}`);
	};
	if (!found.isDirectory()) refuse('is not a folder: name another.');
	const self = process.geteuid?.() ?? found.uid;
	if (found.uid !== self && found.uid !== 0) refuse(`belongs to the user ${found.uid}: run Keyward as that user.`);
	if ((found.mode & OTHERS_MAY_WRITE) !== 0) {
		refuse(
			`can be written by other users of this machine: chmod go-w ${folder}, and look whether its files are yours.`,
		);
	}
};
