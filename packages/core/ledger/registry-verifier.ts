import type { CoveredRow } from '../port/registry-log.ts';
import { Problem } from '../problem/problem.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readRegistryLeaf } from './registry-leaf.ts';
import {
	appendLeaf,
	type CompactRange,
	emptyCompactRange,
	encodeCompactRange,
	leafHash,
	root,
	sameBytes,
} from './tree.ts';

const MOST_BREAKS = 100;

/** In words, for the person who reads what does not agree. */
const words: Readonly<Record<string, string>> = {
	principal: 'device or reader',
	certificate: 'certificate or its revocation',
	grant: 'grant',
	token: 'token',
	intent: 'enrolment under way',
	ca: 'CA generation',
	policy: 'policy',
	session: "person's session",
	approval: 'request for approval',
};

/** Checks the registry's own ledger (`registry-leaf.ts`) against its rows and its signed checkpoint. */
export class RegistryVerifier {
	readonly #secret: Uint8Array;
	readonly #checkpoint: Checkpoint | null;
	readonly #states = new Map<string, Uint8Array>();
	readonly #breaks: string[] = [];
	#edge: CompactRange = emptyCompactRange;

	/** `checkpoint` is an earlier one of this ledger, its signature verified. */
	constructor(secret: Uint8Array, checkpoint: Checkpoint | null) {
		this.#secret = secret;
		this.#checkpoint = checkpoint;
	}

	get size(): number {
		return this.#edge.size;
	}

	/** The next leaf. Gives the rows that it speaks of. */
	addLeaf(bytes: Uint8Array): readonly CoveredRow[] {
		const tree = this.#edge;
		this.#edge = appendLeaf(tree, leafHash(bytes));
		const { size, root: signed } = this.#checkpoint ?? { size: -1, root: new Uint8Array() };
		if (size === this.#edge.size && !sameBytes(root(this.#edge), signed)) {
			this.#break(`The first ${size} leaves of the registry are not those of the signed checkpoint.`);
		}
		try {
			const rows = readRegistryLeaf(bytes, tree, this.#secret);
			for (const { kind, key, state } of rows) {
				if (state === null) this.#states.delete(`${kind}/${key}`);
				else this.#states.set(`${kind}/${key}`, state);
			}
			return rows;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			this.#break(`Leaf ${tree.size} of the registry does not stand: ${error.detail}.`);
			return [];
		}
	}

	/** Whether the last leaf that speaks of this row says that it is so. */
	agrees({ kind, key, state }: CoveredRow): boolean {
		const said = this.#states.get(`${kind}/${key}`) ?? null;
		return said === null || state === null ? said === state : sameBytes(said, state);
	}

	/** Rows that leaves speak of and that were not given to {@link agrees} are asked of the caller by this. */
	*covered(): Iterable<{ readonly kind: string; readonly key: string }> {
		for (const name of this.#states.keys()) {
			const at = name.indexOf('/');
			yield { kind: name.slice(0, at), key: name.slice(at + 1) };
		}
	}

	/** Says of a row that does not agree what was done to it. */
	differs({ kind, key, state }: CoveredRow): void {
		const what = `The ${words[kind] ?? kind} ${key}`;
		if (state === null) this.#break(`${what} was removed from the database by hand.`);
		else if (this.#states.has(`${kind}/${key}`)) this.#break(`${what} was changed in the database by hand.`);
		else this.#break(`${what} was written into the database by hand.`);
	}

	/** After the last leaf and row, with the edge as the store has it. */
	finish(stored: { readonly size: number; readonly edge: Uint8Array }): {
		readonly leaves: number;
		readonly root: Uint8Array;
		readonly breaks: readonly string[];
	} {
		const { size } = this.#edge;
		if (stored.size !== size || !sameBytes(encodeCompactRange(this.#edge), stored.edge)) {
			this.#break(`The registry's ${size} leaves do not lead to the recorded edge of ${stored.size}.`);
		}
		if (this.#checkpoint !== null && this.#checkpoint.size > size) {
			this.#break(
				`A checkpoint of the registry was signed over ${this.#checkpoint.size} leaves, and ${size} are there.`,
			);
		}
		return { leaves: size, root: root(this.#edge), breaks: this.#breaks };
	}

	#break(said: string): void {
		if (this.#breaks.length < MOST_BREAKS) this.#breaks.push(said);
	}
}
