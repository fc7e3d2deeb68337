import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import { type CompactRange, type Cosignature, cosignaturesOn, openCheckpoint, splitNote } from '@keyward/core/ledger';
import { writeDurably } from '@keyward/custody';
import { compactRangeOf, lineOf, originOf } from './checkpoint-files.ts';
import type { PinnedWitness } from './witness-client.ts';

/** A checkpoint that a quorum of the pinned witnesses cosigned. */
export interface Witnessed {
	/** Signed by the ledger's key, with the cosignatures. */
	readonly note: string;
	readonly edge: CompactRange;
	/** By when the quorum had seen no larger tree. */
	readonly at: Instant;
	readonly by: readonly string[];
}

/** A checkpoint on its way to the witnesses. */
export interface Offered {
	readonly note: string;
	readonly edge: CompactRange;
	/** When it was signed: the ledger had no more leaves then. */
	readonly signed: Instant;
	/** By the name of the witness; the moment is one at which the ledger had no more leaves, whatever the witness's clock says. */
	readonly cosignatures: Map<string, Cosignature>;
}

/** Null while fewer than the quorum cosigned it. */
export const witnessedBy = ({ note, edge, cosignatures }: Offered, quorum: number): Witnessed | null => {
	const newest = [...cosignatures.values()].toSorted((a, b) => b.at - a.at);
	const last = newest[quorum - 1];
	if (last === undefined) return null;
	const lines = newest.map(({ line }) => `${line}\n`).join('');
	return { note: `${note}${lines}`, edge, at: last.at, by: newest.map(({ name }) => name) };
};

const END = '.witnessed';

/** Beside the checkpoint. Durable when it resolves. */
export const writeWitnessed = async (folder: string, ledger: string, { note }: Witnessed): Promise<void> => {
	await writeDurably(join(folder, `${ledger}${END}`), note, 'replace');
};

/**
 * What was written before, where it is still by a quorum of these witnesses and of this line of the ledgers' history: after a
 * restore, or with other witnesses pinned, there is nothing yet.
 */
export const readWitnessed = async (
	folder: string,
	publicKey: Uint8Array,
	witnesses: readonly PinnedWitness[],
	quorum: number,
	now: Instant,
): Promise<Map<string, Witnessed>> => {
	const found = new Map<string, Witnessed>();
	const line = await lineOf(folder);
	for (const file of await readdir(folder)) {
		if (!file.endsWith(END)) continue;
		const ledger = file.slice(0, -END.length);
		const note = await readFile(join(folder, file), 'utf8');
		try {
			const checkpoint = openCheckpoint(note, { name: originOf(ledger, line), publicKey });
			const cosignatures = cosignaturesOn(note, witnesses).map((one) => ({ ...one, at: Math.min(one.at, now) }));
			const { text, signatures } = splitNote(note);
			const offered = {
				...{ note: `${text}\n${signatures[0]?.line ?? ''}\n`, edge: compactRangeOf(checkpoint), signed: now },
				cosignatures: new Map(cosignatures.map((one) => [one.name, one])),
			};
			const witnessed = witnessedBy(offered, quorum);
			if (witnessed !== null) found.set(ledger, witnessed);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
		}
	}
	return found;
};
