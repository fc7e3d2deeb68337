import { access, constants } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { diskRoom } from '@keyward/service/disk';
import { inspectSqliteStore, type StoreLook } from '@keyward/store';
import { type Check, codeOf, finding, held, type Patient } from './check.ts';

/** The store opens, is whole, and is of this version; a running site is asked instead. Also gives what was seen, for the clock. */
export const checkStore = async ({
	data,
	running,
}: Patient): Promise<{ readonly checks: Check[]; readonly look: StoreLook | null }> => {
	if (running !== null) {
		const checks = running.ready
			? [held('store', `in use by the running site (process ${running.pid}), which is ready`)]
			: running.reasons.map((reason) => finding('running site', reason, 'mend that; the site goes on by itself'));
		return { checks, look: null };
	}
	try {
		const look = inspectSqliteStore(data);
		return { checks: look === null ? [held('store', 'empty; keyward serve makes it')] : judge(look), look };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return { checks: [finding('store', error.detail, await remedyOf(error, data))], look: null };
	}
};

/** Less than a store needs to be opened: its lock, and the index of its write-ahead log. */
const LEAST_ROOM = 1024 * 1024;

/** By SQLite's plain result codes: only a damaged store is to be restored. */
const remedies: Readonly<Record<number, string>> = {
	3: 'run this as the user who runs the site, and look at the rights of the folder',
	8: 'run this as the user who runs the site, and look at the rights of the folder',
	10: 'look after the disk, which failed to be read or written, then look again',
	13: 'make room on its disk, then look again: a full disk is no reason to restore a backup',
	14: 'run this as the user who runs the site, and look at the rights of the folder',
};
const FULL = 13;

const remedyOf = async ({ code, cause }: Problem, data: string): Promise<string> => {
	if (code === 'store-in-use') return 'a site runs there and does not answer: look at its log, or end it';
	const result = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0;
	const known = remedies[result];
	if (known === undefined) return 'restore the data folder from a backup';
	const denied = await access(data, constants.W_OK).then(
		() => null,
		(error: unknown) => codeOf(error),
	);
	if (denied === 'EROFS') return 'its file system is mounted read-only: see why (dmesg), and mount it for writing';
	// A full disk shows in several codes.
	const room = await diskRoom(data).catch(() => null);
	const isFull = room !== null && (room.free < LEAST_ROOM || room.freeInodes === 0);
	return isFull ? (remedies[FULL] ?? known) : known;
};

const judge = ({ schema, newestSchema, damage, size }: StoreLook): Check[] => {
	const mebibytes = `${Math.ceil(size / 1024 / 1024)} MiB`;
	if (schema > newestSchema)
		return [finding('store', `its tables (version ${schema}) were made by a newer Keyward`, 'run that one')];
	if (damage !== null && damage.length > 0)
		return [
			finding('store', `damaged: ${damage.join('; ')}`, 'keep the folder as it is, and restore a backup elsewhere'),
		];
	const older =
		schema < newestSchema ? `; the next start brings its tables from version ${schema} to ${newestSchema}` : '';
	return [held('store', `${damage === null ? 'opens' : 'whole'}, ${mebibytes}, version ${schema}${older}`)];
};
