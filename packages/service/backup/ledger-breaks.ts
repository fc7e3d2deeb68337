import { Problem } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { type SqliteStore, verifyLedger, verifyRegistry } from '@keyward/store';
import { lastCheckpoint, REGISTRY } from '../ledger/checkpoint-files.ts';
import { truncationName, secretOf } from '../ledger/checkpoints.ts';

/** What a verified ledger of an application has. */
export interface VerifiedLedger {
	readonly application: string;
	readonly leaves: number;
	/** Lower-case hex. */
	readonly root: string;
	readonly readings: number;
	readonly forgotten: number;
	/** What does not agree, in words; empty when it holds. */
	readonly breaks: readonly string[];
}

/**
 * Makes the application's ledger again from every row of the store, and compares it with the last checkpoint in that folder.
 * Throws `Problem('store-failed')`.
 */
export const verifyApplication = async (
	store: SqliteStore,
	folder: string,
	application: string,
	{ publicKey }: Signer,
): Promise<VerifiedLedger> => {
	const breaks: string[] = [];
	const checkpoint = await readCheckpoint(folder, application, publicKey, breaks);
	const { leaves, readings, forgotten, root, ...found } = await verifyLedger(store, application, {
		checkpoints: checkpoint === null ? [] : [checkpoint],
		key: { name: truncationName(application), publicKey },
	});
	breaks.push(...found.breaks);
	return { application, leaves, readings, forgotten, root: Buffer.from(root).toString('hex'), breaks };
};

/** The same of the registry. One of a version without that ledger has nothing to break. */
export const registryBreaks = async ({ log }: SqliteStore, folder: string, signer: Signer): Promise<string[]> => {
	const breaks: string[] = [];
	const checkpoint = await readCheckpoint(folder, REGISTRY, signer.publicKey, breaks);
	if (checkpoint === null && log.registry.edge().size === 0) return breaks;
	return [...breaks, ...(await verifyRegistry(log.registry, await secretOf(signer), checkpoint)).breaks];
};

/**
 * All that does not agree in a copy of a store with the checkpoints that were copied before it to `folder`, and those of `site`
 * as they are after it: a checkpoint is on the disk before the store remembers it.
 */
export const ledgerBreaks = async (
	store: SqliteStore,
	{ folder, site }: { readonly folder: string; readonly site: string },
	applications: readonly string[],
	signer: Signer,
): Promise<string[]> => {
	const signed = store.log.checkpoints.signed();
	const breaks: string[] = [];
	const add = (ledger: string, found: readonly string[]): void => {
		const name = ledger === REGISTRY ? 'the registry' : ledger;
		for (const said of found) breaks.push(`The ledger of ${name} does not hold: ${said}`);
	};
	for (const ledger of new Set([...applications, ...signed.keys(), REGISTRY])) {
		const found: string[] = [];
		try {
			const checkpoint = await readCheckpoint(site, ledger, signer.publicKey, []);
			// CR 3.9: taken away or put back, it would let the database be rolled back to it.
			const least = signed.get(ledger) ?? 0;
			if ((checkpoint?.size ?? 0) < least)
				found.push(`its signed checkpoint is gone or older than one of ${least} leaves that was signed`);
			found.push(
				...(ledger === REGISTRY
					? await registryBreaks(store, folder, signer)
					: (await verifyApplication(store, folder, ledger, signer)).breaks),
			);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			found.push(error.detail);
		}
		add(ledger, found);
	}
	return breaks;
};

/** The last checkpoint that holds; null without one. What is wrong with it is among the breaks. */
const readCheckpoint = (folder: string, ledger: string, publicKey: Uint8Array, breaks: string[]) =>
	lastCheckpoint(folder, ledger, publicKey).catch((error: unknown) => {
		if (!(error instanceof Problem)) throw error;
		breaks.push(error.detail);
		return null;
	});
