import { chmod, readdir, stat } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { STORE_FILE } from '@keyward/store';
import { SITE_FILE } from './open-site.ts';

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

/** What may be there before a site is: its file, the folder of its CAs, and what a file system puts into its root. */
const EXPECTED: readonly string[] = [STORE_FILE, SITE_FILE, 'authority', 'lost+found'];

/**
 * CR 4.1: a new site takes a folder for itself, closed to others. In one with other files it would mix its keys among them, and who tidies,
 * shares or copies these takes the keys along. Throws `Problem('site-configuration')`.
 */
export const requireRoomForSite = async (folder: string, amongOthers: boolean): Promise<void> => {
	const names = await readdir(folder).catch(() => null);
	if (names === null || names.includes(STORE_FILE)) return;
	const other = names.find((name) => !EXPECTED.includes(name));
	if (other !== undefined && !amongOthers)
		throw new Problem(
			'site-configuration',
			`${folder} holds no site, but other files, such as ${JSON.stringify(other)}: name a new or empty folder with --data, or go on with --among-other-files.`,
		);
	// Files of others may be meant for others.
	if (other === undefined) await chmod(folder, 0o700).catch(() => undefined);
};
