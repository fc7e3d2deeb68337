import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { constants, copyFile as copy, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import { decodeCompactRange, root } from '@keyward/core/ledger';
import type { Clock, Signer } from '@keyward/core/port';
import { makeFolder, writeDurably } from '@keyward/custody';
import { caStates, copySqliteStore, openSqliteStore, STORE_FILE, type StoreCopy } from '@keyward/store';
import { openLedgerKey } from '../ledger/checkpoints.ts';
import { version } from '../site/version.ts';
import { copyFile, describeFile, listFiles, syncFolder, syncTree } from './files.ts';
import { ledgerBreaks } from './ledger-breaks.ts';
import { REHEARSAL } from './rehearse.ts';
import { type Manifest, MANIFEST, signManifest } from './manifest.ts';

export interface BackupOptions {
	/** The site's data folder; a service may be running on it. */
	readonly data: string;
	/** The backup's folder, which must not be there yet. */
	readonly to: string;
	/** The seal, where the site keeps it outside its data folder. */
	readonly sealFile: string | null;
	/** Other files that are secret as they are: a token's PIN, a webhook's secret. Those in the data folder go with the seals. */
	readonly secrets?: readonly string[];
	/** Puts the seals that lie in the data folder into the backup. Anyone who has the backup is then the site. */
	readonly withSeal: boolean;
	readonly clock: Clock;
}

/** A backup that was made. */
export interface BackedUp extends Manifest {
	/** What does not hold in its ledgers, in words. With any, it keeps what there is, and cannot be restored. */
	readonly breaks: readonly string[];
}

/** How often the small files are copied again when one of them changed meanwhile. */
const TRIES = 5;
/** The folder in which the copied store is looked at. */
const LOOK = 'look.tmp';

const isStore = (path: string): boolean => path.startsWith(STORE_FILE) || path === 'keyward.lock';
const isTemporary = (path: string): boolean => path.endsWith('.tmp') || path.startsWith(REHEARSAL);
const isCheckpoint = (path: string): boolean => /^ledger\/[^/]+\.checkpoint$/.test(path);

/**
 * Backs a site up, also while it runs. The checkpoints are copied before the store, so that none is ahead of it, and all else
 * after, so that the store names no CA that is not there; its CAs' generations are those of the keys beside it. Nothing stands under the backup's name before it is whole and
 * durable. Every ledger is verified as a restore would, so that nobody learns of a break at the restore. Throws
 * `Problem('site-configuration')`, `Problem('key-file')` and `Problem('store-failed')`.
 */
export const backup = async (options: BackupOptions): Promise<BackedUp> => {
	const [data, to] = [resolve(options.data), resolve(options.to)];
	if (!existsSync(join(data, STORE_FILE))) {
		throw new Problem('site-configuration', `There is no site in ${data}: name its data folder with --data.`);
	}
	if ((await lstat(to).catch(() => null)) !== null) {
		throw new Problem('site-configuration', `${to} is there already: a backup is never written over another.`);
	}
	if (`${to}/`.startsWith(`${data}/`)) {
		throw new Problem('site-configuration', 'A backup inside the data folder would go with it: name another place.');
	}
	const signer = await openLedgerKey(join(data, 'ledger'), options.sealFile);
	const partial = `${to}.${randomBytes(6).toString('hex')}.partial`;
	try {
		const { at, schema, edges, seals } = await copyAll(data, partial, options);
		const ledgers = edges.map(({ application, size, edge }) => ({
			application,
			leaves: size,
			root: Buffer.from(root(decodeCompactRange(size, edge))).toString('hex'),
		}));
		const applications = ledgers.map(({ application }) => application);
		const breaks = await verifyCopy(data, partial, applications, signer);
		const files = [];
		for (const { path } of await listFiles(partial)) files.push(await describeFile(partial, path));
		const manifest: Manifest = {
			format: 1,
			keyward: version,
			...{ schema, at, seals, files },
			sealsIncluded: options.withSeal && seals.length > 0,
			ledgers,
		};
		await writeDurably(join(partial, MANIFEST), await signManifest(manifest, signer), 'keep');
		await syncTree(partial);
		await rename(partial, to);
		await syncFolder(dirname(to));
		return { ...manifest, breaks };
	} finally {
		await rm(partial, { recursive: true, force: true });
	}
};

/**
 * Copies all of it. Where a CA was rolled over or retired between the copy of the store and that of its keys and certificates, the
 * two would not go together: then once more.
 */
const copyAll = async (
	data: string,
	partial: string,
	options: BackupOptions,
): Promise<StoreCopy & { readonly at: Instant; readonly seals: string[] }> => {
	for (let attempt = 0; attempt < TRIES; attempt++) {
		await rm(partial, { recursive: true, force: true });
		await makeFolder(partial);
		for (const { path } of (await listFiles(data)).filter((file) => isCheckpoint(file.path))) {
			await copyFile(join(data, path), join(partial, path));
		}
		const at = options.clock.now();
		const copied = copySqliteStore(data, join(partial, STORE_FILE));
		const seals = await copyRest(data, partial, options);
		if (caStates(data) === caStates(partial)) return { ...copied, at, seals };
	}
	throw new Problem('store-failed', "The site's CAs changed again and again while they were copied. Try again.");
};

/** Verifies the copied store in another copy: opening one brings its tables to this version, and a backup is as the site was. */
const verifyCopy = async (
	data: string,
	partial: string,
	applications: readonly string[],
	signer: Signer,
): Promise<string[]> => {
	const look = join(partial, LOOK);
	try {
		await mkdir(look, { mode: 0o700 });
		await copy(join(partial, STORE_FILE), join(look, STORE_FILE), constants.COPYFILE_FICLONE);
		const store = openSqliteStore(look);
		try {
			const folders = { folder: join(partial, 'ledger'), site: join(data, 'ledger') };
			return await ledgerBreaks(store, folders, applications, signer);
		} finally {
			await store.close();
		}
	} finally {
		await rm(look, { recursive: true, force: true });
	}
};

/** All but the store and the checkpoints, as they are at one moment. Gives the seals' paths. */
const copyRest = async (data: string, to: string, { withSeal, secrets = [] }: BackupOptions): Promise<string[]> => {
	const isSeal = (path: string): boolean => basename(path) === 'seal.key' || secrets.includes(join(data, path));
	const list = async (): Promise<{ path: string; stamp: string }[]> =>
		(await listFiles(data)).filter(({ path }) => !isStore(path) && !isCheckpoint(path) && !isTemporary(path));
	for (let attempt = 0; attempt < TRIES; attempt++) {
		const files = await list();
		const wanted = files.filter(({ path }) => withSeal || !isSeal(path));
		let gone = false;
		for (const { path } of wanted) {
			await copyFile(join(data, path), join(to, path)).catch((error: unknown) => {
				// It changed its name meanwhile.
				if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
				gone = true;
			});
		}
		if (!gone && JSON.stringify(files) === JSON.stringify(await list())) {
			return files.map(({ path }) => path).filter(isSeal);
		}
		for (const { path } of wanted) await rm(join(to, path), { force: true });
	}
	throw new Problem('store-failed', "The site's own files changed again and again while they were copied. Try again.");
};
