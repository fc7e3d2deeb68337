import { setImmediate } from 'node:timers/promises';
import type { Bytes } from '@keyward/core';
import type { Material } from '@keyward/core/keycheck';
import { collectorFor, type Held } from './collect.ts';
import type { Give } from './content/content.ts';
import { readFileInto, readPipeInto, readStreamInto } from './file.ts';
import { defaultLimits, type Limits } from './content/limits.ts';
import { openLocked, type Passwords } from './locked/open.ts';
import { noOutcomes, type Outcomes, outcomeOf } from './outcome.ts';
import { printable } from './text/printable.ts';
import type { ScanProblem } from './problem.ts';
import { contentSink } from './reader/stream.ts';
import { signatureIndex } from './signature-index.ts';
import { walk } from './walk.ts';

/** Files after which what waits for the event loop has its turn. */
const TURN = 32;

export interface ScanOptions {
	/** Called with each thing found, at once. Holds secrets: keep them in memory, and no longer than needed. */
	readonly onMaterial: (material: Material) => void;
	/** Called once a file and reason, at the end of the file. */
	readonly onProblem: (problem: ScanProblem) => void;
	/** Called often. */
	readonly onProgress?: (progress: ScanProgress) => void;
	readonly passwords?: Passwords;
	readonly limits?: Partial<Limits>;
	/** What the path `-` is; the process's own by default. */
	readonly standardInput?: AsyncIterable<Uint8Array>;
}

export interface ScanProgress {
	/** The file that is read. */
	readonly file: string;
	/** Files and bytes that were read so far. */
	readonly files: number;
	readonly bytes: Bytes;
}

export interface Scanned {
	readonly files: number;
	readonly bytes: Bytes;
	/** How each input ended. Links, pipes and devices by which nothing is missed are in none of these. */
	readonly outcomes: Outcomes;
}

/**
 * Reads every file at and under `paths` (`-` is standard input), each once and in bounded memory whatever its length, and gives the keys,
 * certificates, ECDSA signatures and PSKs in it. Recognises by content, never by name. What cannot be read is a problem,
 * never an exception; what lies around it is given.
 */
export const scan = async (paths: readonly string[], options: ScanOptions): Promise<Scanned> => {
	const {
		onMaterial,
		onProblem,
		onProgress,
		passwords = { known: [], ask: null },
		standardInput = process.stdin,
	} = options;
	const limits = { ...defaultLimits, ...options.limits };
	const signatures = signatureIndex(onMaterial);
	let files = 0;
	let bytes = 0;
	const outcomes = noOutcomes();
	const known = [...passwords.known];
	const remembering: Passwords = { known, ask: passwords.ask, learned: (password) => known.push(password) };
	for await (const found of walk(paths)) {
		const file = printable(found.path, Number.POSITIVE_INFINITY);
		if ('reason' in found) {
			const problem = { file, reason: found.reason, count: 1, first: null };
			onProblem(found.harmless ? { ...problem, harmless: true } : problem);
			if (!found.harmless) outcomes['not-read']++;
			continue;
		}
		let materials = 0;
		const give: Give = (material) => {
			materials++;
			onMaterial(material);
		};
		const held: Held = { source: null };
		const collected = collectorFor(file, limits, give, signatures, held);
		const { content, locked } = collected;
		const progress = (more: number): void => {
			bytes += more;
			onProgress?.({ file, files, bytes });
		};
		try {
			onProgress?.({ file, files, bytes });
			if (found.path === '-') await readStreamInto(standardInput, contentSink(content), progress);
			else if (found.isPipe) {
				if (!(await readPipeInto(found.raw, contentSink(content), progress)))
					content.problem('a pipe into which no program writes, not read');
			} else await readFileInto(found.raw, held, contentSink(content), progress);
			files++;
			// Small files are read without a turn of the event loop, which others need.
			if (files % TURN === 0) await setImmediate();
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code)))) throw error;
			content.problem(`not readable (${String(error.code)})`);
		}
		for (const one of locked) await openLocked(one, content, remembering, `${file}, ${one.label}`);
		const problems = collected.problems();
		for (const problem of problems) onProblem(problem);
		outcomes[outcomeOf(materials, problems.length)]++;
	}
	const dropped = signatures.dropped();
	if (dropped > 0) {
		const reason = 'signatures were not looked at, as too many waited for their issuer’s certificate';
		onProblem({ file: paths.join(', '), reason, count: dropped, first: null });
	}
	return { files, bytes, outcomes };
};
