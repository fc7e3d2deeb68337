import { Problem } from '@keyward/core';

/** What a file, a disk or the network refuses, and what to do, by the code of the system. */
const ofFiles: Readonly<Record<string, string>> = {
	ENOENT: 'is not there: check the path',
	ENOTDIR: 'leads through a file where a folder must be: check the path',
	EISDIR: 'is a folder, not a file: check the path',
	EEXIST: 'is there already: name another, or move it away',
	ENOTEMPTY: 'is a folder that is not empty: name another',
	EACCES: 'cannot be used by this account: change its rights, or run this as the account that owns it',
	EPERM: 'cannot be used by this account: change its rights, or run this as the account that owns it',
	EROFS: 'lies on a file system that cannot be written: name another place',
	ENOSPC: 'has no room left on its disk: free some, and run this again',
	EDQUOT: 'has no room left in the quota of this account: free some, and run this again',
	ELOOP: 'is a link that leads to itself: check the path',
	ENAMETOOLONG: 'is too long for a path: shorten it',
	EXDEV: 'lies on another disk: name a place on the same one',
	EIO: 'cannot be read or written (EIO): look after the disk',
};

const withoutFile: Readonly<Record<string, string>> = {
	ENOSPC: 'The disk has no room left: free some, and run this again.',
	EDQUOT: 'The quota of this account has no room left: free some, and run this again.',
	EMFILE: 'Too many files are open: raise the limit (ulimit -n), and run this again.',
	ENFILE: 'This machine has too many files open: end something, and run this again.',
	ENOMEM: 'This machine has no memory left: end something, and run this again.',
	EIO: 'A disk cannot be read or written (EIO): look after it.',
};

const ofNetwork: Readonly<Record<string, string>> = {
	ENOTFOUND: 'has no address: check the name',
	EAI_AGAIN: 'cannot be looked up now: check the name and the DNS of this machine',
	EADDRNOTAVAIL: 'is no address of this machine: name one that it has',
	EADDRINUSE: 'is in use by another program: choose another port, or stop that program',
	EACCES: 'may not be listened on by this account: choose a port above 1023',
};

/** SQLite's own codes. */
const ofStore: Readonly<Record<number, string>> = {
	8: 'The database cannot be written by this account: change the rights of its folder.',
	10: 'The database cannot be read or written: look after the disk.',
	11: 'The database is damaged: bring it back from a backup.',
	13: 'The disk has no room left for the database: free some, and run this again.',
	14: 'The database cannot be opened or made: check the folder and its rights.',
	26: 'The database is no file of SQLite: check the folder.',
};

/** A failure of the machine, in words that say what to do; null for any other. */
export const machineFault = (error: unknown): Problem | null => {
	if (!(error instanceof Error) || !('code' in error)) return null;
	const { code } = error;
	const field = (name: string): unknown => Object.entries(error).find(([one]) => one === name)?.[1];
	if (code === 'ERR_SQLITE_ERROR') {
		// An extended code has the plain one in its lowest octet.
		const said = ofStore[Number(field('errcode')) & 0xff];
		return said === undefined ? null : new Problem('file-unreadable', said, { cause: error });
	}
	if (typeof code !== 'string') return null;
	const host = field('hostname') ?? field('address');
	if (typeof host === 'string' && code in ofNetwork) {
		const port = field('port');
		const where = typeof port === 'number' ? `${host}:${port}` : host;
		return new Problem('site-configuration', `${where} ${ofNetwork[code]}.`, { cause: error });
	}
	const named = field('path');
	// `writeDurably` writes beside the file first.
	const path = typeof named === 'string' ? named.replace(/\.[\da-f]{12}\.tmp$/, '') : undefined;
	const said = path !== undefined && code in ofFiles ? `${path} ${ofFiles[code]}.` : withoutFile[code];
	return said === undefined ? null : new Problem('file-unreadable', said, { cause: error });
};
