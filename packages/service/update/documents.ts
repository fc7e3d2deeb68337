import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, Problem } from '@keyward/core';
import type { Clock, DocumentOutcome, StoredDocument, UpdateStore } from '@keyward/core/port';
import { type AdvisoryDocument, type AdvisoryIndex, indexAdvisories, type KnownDocument } from '@keyward/core/update';
import { createMutex } from '../thread/mutex.ts';
import { readDocument } from './read-file.ts';

/** A file that was taken. */
export interface TakenFile {
	readonly file: string;
	readonly id: string;
	readonly outcome: DocumentOutcome;
	/** What it names in a way that no bill can be compared with. */
	readonly unmatched: readonly string[];
}

export interface RefusedFile {
	readonly file: string;
	readonly code: ErrorCode;
	readonly detail: string;
}

/** Advisories as the site has them. */
export interface Documents {
	/** One file, or every .json file of a folder. Throws `Problem('file-unreadable')` and, for one file, what reading it throws. */
	take(
		path: string,
		byHand: boolean,
	): Promise<{ readonly taken: readonly TakenFile[]; readonly refused: readonly RefusedFile[] }>;
	known(): readonly KnownDocument[];
	index(): AdvisoryIndex;
	/** Rises with each change. */
	version(): number;
}

const MOST_FILES = 10_000;

const filesIn = async (folder: string): Promise<string[]> => {
	const names = (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.startsWith('.')).toSorted();
	if (names.length > MOST_FILES)
		throw new Problem('file-unreadable', `${folder} has more than ${MOST_FILES} files: import it in parts.`);
	return names.map((name) => join(folder, name));
};

/**
 * Reads what is stored. Good news of a document from the folder counts where the site file names its publisher: who can put a file
 * there must not end an alarm (catalogue: patch-deadline).
 */
export const openDocuments = async (
	store: Pick<UpdateStore, 'documents' | 'putDocument'>,
	publishers: readonly string[],
	clock: Clock,
): Promise<Documents> => {
	const inTurn = createMutex();
	let [known, index, version] = [new Map<string, KnownDocument>(), indexAdvisories([]), 0];
	const keyOf = ({ format, publisher, id }: Pick<StoredDocument, 'format' | 'publisher' | 'id'>): string =>
		JSON.stringify([format, publisher, id]);
	const note = (stored: StoredDocument): void => {
		const { imported, byHand, publisher } = stored;
		const trusted = byHand || publishers.includes(publisher);
		known.set(keyOf(stored), { ...(JSON.parse(stored.text) as AdvisoryDocument), imported, trusted });
	};
	const load = async (): Promise<void> => {
		known = new Map();
		for (const stored of await store.documents()) note(stored);
		index = indexAdvisories([...known.values()]);
		version++;
	};
	await load();

	const takeFile = async (path: string, byHand: boolean): Promise<TakenFile> => {
		const { file, text } = await readDocument('advisory', path);
		const { format, publisher, id, updated, advisories } = JSON.parse(text) as AdvisoryDocument;
		const stored = { format, publisher: publisher ?? '', id, updated, imported: clock.now(), byHand, file, text };
		const outcome = await store.putDocument(stored);
		return { file: path, id, outcome, unmatched: [...new Set(advisories.flatMap((one) => one.unmatched))] };
	};

	return {
		take: (path, byHand) =>
			inTurn(async () => {
				const found = await stat(path).catch(() => null);
				if (!found?.isDirectory()) {
					const taken = [await takeFile(path, byHand)];
					await load();
					return { taken, refused: [] };
				}
				const taken: TakenFile[] = [];
				const refused: RefusedFile[] = [];
				for (const file of await filesIn(path)) {
					try {
						taken.push(await takeFile(file, byHand));
					} catch (error) {
						if (!(error instanceof Problem)) throw error;
						refused.push({ file, code: error.code, detail: error.detail });
					}
				}
				await load();
				return { taken, refused };
			}),
		known: () => [...known.values()],
		index: () => index,
		version: () => version,
	};
};
