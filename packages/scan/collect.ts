import { hash } from 'node:crypto';
import type { KeyMaterial, Place } from '@keyward/core/keycheck';
import type { Content, Give, Locked } from './content/content.ts';
import type { Limits } from './content/limits.ts';
import type { ScanProblem } from './problem.ts';
import type { signatureIndex } from './signature-index.ts';
import type { Source } from './content/source.ts';
import { withoutSecret } from './list/without-secret.ts';

/** Reasons for one file that are told apart. */
const MOST_REASONS = 64;
/** Characters of a device's name that are kept. */
const LONGEST_DEVICE = 256;
/** Things of one file that are known again: some 20 MB. */
const MOST_SEEN = 100_000;

/** What one file's readers found beside materials. */
export interface Collected {
	readonly content: Content;
	readonly locked: readonly Locked[];
	problems(): readonly ScanProblem[];
}

/** The file that is read, while it is open. */
export interface Held {
	source: Source | null;
}

/** Turns what readers find in one file into materials with their places. */
export const collectorFor = (
	file: string,
	limits: Limits,
	give: Give,
	signatures: ReturnType<typeof signatureIndex>,
	held: Held,
): Collected => {
	const reasons = new Map<string, { count: number; readonly first: string | null }>();
	const locked: Locked[] = [];
	const spent = { inflated: 0, walk: { left: 1_000_000 } };
	/** How deep a thing lay, by its hash. */
	const seen = new Map<string, number>();
	const problem = (reason: string, label: string | null): void => {
		const known = reasons.get(reason);
		if (known !== undefined) known.count++;
		else if (reasons.size < MOST_REASONS) reasons.set(reason, { count: 1, first: label });
	};
	const inside = (prefix: string, depth: number, path: string): Content => {
		const at = (label: string): Place => ({ file, label: prefix + label });
		const giveKey = (label: string, key: Omit<KeyMaterial, 'kind' | 'at'>): void =>
			give({ kind: 'key', at: at(label), ...key, spki: new Uint8Array(key.spki) });
		return {
			limits,
			spent,
			depth,
			path,
			get source() {
				return depth === 0 ? held.source : null;
			},
			key: (label, spki, privateFound, names = []) => giveKey(label, { spki, privateFound, certificate: null, names }),
			certificate(label, certificate) {
				const { facts, spki } = certificate;
				if (facts === null)
					problem('a certificate has dates or extensions that cannot be read; its key was', prefix + label);
				giveKey(label, { spki, privateFound: false, certificate: facts, names: [] });
				signatures.certificate(at(label), certificate);
			},
			request(label, named, spki, signature) {
				giveKey(label, { spki, privateFound: false, certificate: null, ...named });
				if (signature !== null) signatures.request(at(label), new Uint8Array(spki), signature);
			},
			psk(label, secret, device, role, network) {
				const { label: shown, swapped } = withoutSecret(label, secret, device);
				if (swapped)
					problem(
						'a name looks like a key and its key like a name, and is not shown: are they swapped?',
						prefix + shown,
					);
				const named = device?.slice(0, LONGEST_DEVICE) ?? null;
				const psk = { kind: 'psk', at: at(shown), secret, device: named, role } as const;
				give(network === undefined ? psk : { ...psk, network });
			},
			locked(one) {
				if (locked.length >= limits.locked)
					return problem(`more than ${limits.locked} encrypted keys, the others were left closed`, null);
				locked.push({ ...one, bytes: new Uint8Array(one.bytes), label: prefix + one.label });
			},
			isRepeat(bytes) {
				const name = hash('sha256', bytes, 'base64');
				const before = seen.get(name);
				if (before === undefined && seen.size < MOST_SEEN) seen.set(name, depth);
				return before !== undefined && before !== depth;
			},
			problem: (reason, label) =>
				problem(reason, label === undefined ? prefix.replace(/: $/, '') || null : prefix + label),
			within: (place, name = '') => inside(`${prefix}${place}: `, depth + 1, name),
		};
	};
	return {
		content: inside('', 0, file),
		locked,
		problems: () => Array.from(reasons, ([reason, { count, first }]) => ({ file, reason, count, first })),
	};
};
