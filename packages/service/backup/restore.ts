import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import { keyThumbprint } from '@keyward/core/format';
import type { Clock, Signer } from '@keyward/core/port';
import { makeFolder, writeDurably } from '@keyward/custody';
import { openSqliteStore, type SqliteStore } from '@keyward/store';
import { encryptionFolderOf, opensByFile } from '../at-rest/key-encryption-key.ts';
import { lastCheckpoint, REGISTRY } from '../ledger/checkpoint-files.ts';
import { beginRestoredLine, openLedgerKey, secretOf } from '../ledger/checkpoints.ts';
import { copyFile, describeFile, listFiles, syncFolder, syncTree } from './files.ts';
import { registryBreaks, verifyApplication } from './ledger-breaks.ts';
import { learn, type Learned, type Sources } from './learn.ts';
import { type Manifest, MANIFEST, openManifest } from './manifest.ts';
import { restorable } from './restorable.ts';

export interface RestoreOptions extends Sources {
	/** The backup's folder. */
	readonly from: string;
	/** The new data folder: absent or empty. */
	readonly data: string;
	/** The seal of a site that keeps it outside its data folder. */
	readonly sealFile: string | null;
	/** A folder that holds the seals that the backup left out, where they were in the data folder; or that data folder itself. */
	readonly seals: string | null;
	readonly clock: Clock;
}

/** What was restored, and what is known of it. */
export interface Restored extends Learned {
	/** When the backup was made: the site knows nothing that happened between then and `at`. */
	readonly backup: Instant;
	readonly at: Instant;
	readonly ledgers: readonly {
		readonly application: string;
		readonly leaves: number;
		readonly readings: number;
		readonly forgotten: number;
	}[];
	readonly tokensVoided: number;
	/** False where the readings' key is in a token, which is no part of a backup: whether they open is seen when the site starts. */
	readonly readingsOpen: boolean;
	/** SHA-256 of the ledger key's SubjectPublicKeyInfo, lower-case hex: who signed the manifest. */
	readonly ledgerKey: string;
}

/** Says in the data folder that it was restored, and from when. */
const RESTORED = 'restored.json';

/**
 * Makes a data folder out of a backup. Every file's hash, the manifest's signature, and each ledger against its rows and its
 * last checkpoint are verified before anything stands under the folder's name. Tokens that were not spent are void: they may
 * have been spent since.
 * Throws `Problem('backup-broken')`, `Problem('site-configuration')`, `Problem('key-file')` and `Problem('store-failed')`.
 */
export const restore = async (options: RestoreOptions): Promise<Restored> => {
	const [from, data] = [resolve(options.from), resolve(options.data)];
	await requireEmpty(data);
	const work = `${data}.${randomBytes(6).toString('hex')}.partial`;
	try {
		await makeFolder(work);
		const note = await readFile(join(from, MANIFEST), 'utf8').catch((error: unknown) => {
			throw new Problem('backup-broken', `There is no backup in ${from}: it has no manifest that can be read.`, {
				cause: error,
			});
		});
		const signer = await openSigner(from, work, options);
		const manifest = await openManifest(note, signer.publicKey);
		await copyVerified(from, work, manifest);
		await putSeals(work, manifest, options.seals);
		const at = options.clock.now();
		const store = openSqliteStore(work);
		try {
			const ledgers = await verifyAll(store, join(work, 'ledger'), manifest, signer);
			// restorable: a site whose readings nobody can open is not restored.
			const readingsOpen = await opensByFile(encryptionFolderOf(work), options.sealFile, store);
			await coverVerified(store, join(work, 'ledger'), signer);
			const learned = await learn(store, join(work, 'authority'), options, { since: manifest.at, at });
			// Threat: a string that was used after the backup would admit a second key.
			const tokensVoided = await store.voidTokens();
			// Cursors of before mean other rows from here on.
			await store.beginGeneration(manifest.at);
			const applications = manifest.ledgers.map(({ application }) => application);
			await beginRestoredLine(join(work, 'ledger'), signer, store, applications, at);
			await store.putFacts([restorable(manifest.at, 'restore')]);
			await writeDurably(join(work, RESTORED), `${JSON.stringify({ backup: manifest.at, at })}\n`, 'replace');
			await store.close();
			await syncTree(work);
			await rename(work, data);
			await syncFolder(dirname(data));
			const ledgerKey = ledgerKeyName(signer.publicKey);
			return { backup: manifest.at, at, ledgers, tokensVoided, readingsOpen, ledgerKey, ...learned };
		} finally {
			await store.close();
		}
	} finally {
		await rm(work, { recursive: true, force: true });
	}
};

/** What tells one site's ledger key from another's. */
export const ledgerKeyName = (publicKey: Uint8Array): string => Buffer.from(keyThumbprint(publicKey)).toString('hex');

/** Throws `Problem('site-configuration')`: a site is never restored over anything. */
const requireEmpty = async (data: string): Promise<void> => {
	const found = await readdir(data).catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
		throw new Problem('site-configuration', `${data} is no folder that a site can be restored to.`, { cause: error });
	});
	if (found.length > 0) {
		throw new Problem('site-configuration', `${data} is not empty: restore to a new folder, and look at both.`);
	}
};

/** The ledger's key, by the seal. The signer of the manifest held it. */
const openSigner = async (from: string, work: string, { sealFile, seals }: RestoreOptions): Promise<Signer> => {
	const trial = join(work, 'trial');
	try {
		await copyFile(join(from, 'ledger/keys/ledger.key'), join(trial, 'ledger/keys/ledger.key'));
		if (sealFile === null) await copyFile(join(seals ?? from, 'ledger/seal.key'), join(trial, 'ledger/seal.key'));
	} catch (error) {
		throw new Problem(
			'key-file',
			'The seal of this backup is not there. Give --seal-file FILE where the site keeps it apart, or --seals FOLDER with the seals that were in its data folder.',
			{ cause: error },
		);
	}
	const signer = await openLedgerKey(join(trial, 'ledger'), sealFile);
	await rm(trial, { recursive: true });
	return signer;
};

/** Copies what the manifest names, and compares the copies: what is looked at is what is used. */
const copyVerified = async (from: string, work: string, manifest: Manifest): Promise<void> => {
	const there = new Set((await listFiles(from)).map(({ path }) => path));
	there.delete(MANIFEST);
	for (const file of manifest.files) {
		const to = resolve(work, file.path);
		if (!to.startsWith(work + sep)) throw new Problem('backup-broken', `${file.path} leads out of the backup.`);
		if (!there.delete(file.path)) throw new Problem('backup-broken', `The backup lacks ${file.path}.`);
		await copyFile(join(from, file.path), to);
		const { size, sha256 } = await describeFile(work, file.path);
		if (size !== file.size || sha256 !== file.sha256) {
			throw new Problem('backup-broken', `${file.path} is not what was backed up.`);
		}
	}
	const [other] = there;
	if (other !== undefined) throw new Problem('backup-broken', `${other} was put into the backup.`);
};

const putSeals = async (work: string, { seals, sealsIncluded }: Manifest, folder: string | null): Promise<void> => {
	if (sealsIncluded || seals.length === 0) return;
	for (const path of seals) {
		await copyFile(join(folder ?? work, path), join(work, path)).catch((error: unknown) => {
			throw new Problem(
				'key-file',
				`The site's seal ${path} is not in ${folder ?? 'the backup'}: give --seals FOLDER.`,
				{
					cause: error,
				},
			);
		});
		await chmod(join(work, path), 0o600);
	}
};

/** Each ledger against its rows, its last checkpoint and the manifest. Throws `Problem('backup-broken')`. */
const verifyAll = async (
	store: SqliteStore,
	folder: string,
	manifest: Manifest,
	signer: Signer,
): Promise<Restored['ledgers']> => {
	const verified = [];
	for (const { application, leaves, root } of manifest.ledgers) {
		const found = await verifyApplication(store, folder, application, signer);
		const [said] = found.breaks;
		if (said !== undefined) {
			throw new Problem('backup-broken', `The ledger of ${application} does not hold: ${said}`);
		}
		if (found.leaves !== leaves || found.root !== root) {
			throw new Problem('backup-broken', `The ledger of ${application} is not the one that was backed up.`);
		}
		const { readings, forgotten } = found;
		verified.push({ application, leaves, readings, forgotten });
	}
	return verified;
};

/**
 * The registry against its own ledger; what the restore changes is covered as well. A backup of a version without that ledger
 * is covered as it is, for the manifest is signed. Throws `Problem('backup-broken')`.
 */
const coverVerified = async (store: SqliteStore, folder: string, signer: Signer): Promise<void> => {
	const [said] = await registryBreaks(store, folder, signer);
	if (said !== undefined) throw new Problem('backup-broken', `The ledger of the registry does not hold: ${said}`);
	const wasCovered = (await lastCheckpoint(folder, REGISTRY, signer.publicKey)) !== null;
	store.log.registry.cover(await secretOf(signer), !wasCovered, () => {});
};
