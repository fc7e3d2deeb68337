import { Problem } from '../problem/problem.ts';

/** A key whose private half is public, and how far it has spread. */
export interface PublishedKey {
	readonly type: string;
	readonly bits: number;
	/** How many distinct products and vendors were found to carry it. */
	readonly products: number;
	readonly vendors: number;
}

/** By SHA-256 of the SubjectPublicKeyInfo, in lower-case hex. */
export type PublishedKeys = ReadonlyMap<string, PublishedKey>;

/** Reads the parsed content of `published-device-keys.json`. Throws `Problem('file-unreadable')`. */
export const readPublishedKeys = (json: unknown): PublishedKeys => {
	const keys = new Map<string, PublishedKey>();
	const list = typeof json === 'object' && json !== null && 'keys' in json ? json.keys : null;
	if (!Array.isArray(list)) throw unreadable('it has no list of keys');
	for (const [index, item] of (list as unknown[]).entries()) {
		if (!isEntry(item)) throw unreadable(`entry ${index + 1} is not one`);
		const { spkiSha256, type, bits, products, vendors } = item;
		keys.set(spkiSha256, { type, bits, products, vendors });
	}
	return keys;
};

const isEntry = (item: unknown): item is PublishedKey & { readonly spkiSha256: string } => {
	if (typeof item !== 'object' || item === null) return false;
	const { spkiSha256, type, bits, products, vendors } = item as Record<string, unknown>;
	return (
		typeof spkiSha256 === 'string' &&
		/^[0-9a-f]{64}$/.test(spkiSha256) &&
		typeof type === 'string' &&
		[bits, products, vendors].every((count) => Number.isSafeInteger(count))
	);
};

const unreadable = (what: string): Problem =>
	new Problem('file-unreadable', `The list of published device keys cannot be read: ${what}.`);
