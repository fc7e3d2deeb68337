import { constants } from 'node:fs';
import { access, chmod, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** What a site writes before it listens, where it is there already. */
const WRITTEN: readonly string[] = [STORE_FILE, 'keyward.lock', 'authority', 'encryption', 'ledger', 'owner'];

/**
 * Throws `Problem('site-configuration')` for a data folder that this account cannot make or write, or that is no folder: a site that
 * finds it out later stops half made.
 */
export const requireWritableFolder = async (folder: string): Promise<void> => {
	const another = 'name another with --data';
	const refuse = (what: string, code: string): never => {
		const why =
			code === 'EROFS'
				? `it is on a file system that cannot be written: ${another}.`
				: `this account may not write there: give it that right, run this as the account that has it, or ${another}.`;
		throw new Problem('site-configuration', `The data folder ${folder} ${what}: ${why}`);
	};
	const look = (path: string) => stat(path).catch((error: unknown) => codeOf(error));
	const found = await look(folder);
	if (found === 'ENOTDIR' || (typeof found !== 'string' && !found.isDirectory()))
		throw new Problem('site-configuration', `The data folder ${folder} is or lies in a file: ${another}.`);
	if (found === 'ENOENT') {
		let parent = dirname(folder);
		while (dirname(parent) !== parent && (await look(parent)) === 'ENOENT') parent = dirname(parent);
		return access(parent, constants.W_OK | constants.X_OK).catch((error: unknown) =>
			refuse(`cannot be made in ${parent}`, codeOf(error)),
		);
	}
	if (typeof found === 'string') return refuse('cannot be looked at', found);
	for (const path of [folder, ...WRITTEN.map((name) => join(folder, name))])
		await access(path, constants.R_OK | constants.W_OK).catch((error: unknown) => {
			if (codeOf(error) !== 'ENOENT')
				refuse(path === folder ? 'cannot be written' : `has ${path} in it`, codeOf(error));
		});
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
