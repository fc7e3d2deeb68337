import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, product } from './packed.ts';

/** A package as package-lock.json has it. */
export interface Locked {
	readonly version?: string;
	readonly integrity?: string;
	readonly license?: string;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
	readonly peerDependencies?: Readonly<Record<string, string>>;
	readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package that is installed with Keyward, by its place in package-lock.json. */
export interface Shipped {
	readonly place: string;
	readonly locked: Locked;
	/** Keyward runs where it cannot be installed. */
	readonly optional: boolean;
}

type Lock = Readonly<Record<string, Locked>>;

export const MODULES = 'node_modules/';

/** Where Node finds the package from there (its places, innermost first); null for an optional one that is not locked. */
const resolve = (lock: Lock, from: string, name: string): string | null => {
	for (let at = from; ; at = at.includes(MODULES) ? at.slice(0, at.lastIndexOf(MODULES)).replace(/[/]$/, '') : '') {
		const place = `${at === '' ? '' : `${at}/`}${MODULES}${name}`;
		if (lock[place] !== undefined) return place;
		if (at === '') return null;
	}
};

/** What it needs, of others than us, and whether it runs without it. */
const needs = (one: Locked | Manifest): (readonly [name: string, optional: boolean])[] => {
	const peers = 'peerDependencies' in one ? Object.keys(one.peerDependencies ?? {}) : [];
	const isOptional = (name: string): boolean =>
		'peerDependenciesMeta' in one && one.peerDependenciesMeta?.[name]?.optional === true;
	return [
		...[...Object.keys(one.dependencies ?? {}), ...peers.filter((name) => !isOptional(name))].map(
			(name) => [name, name in (one.optionalDependencies ?? {})] as const,
		),
		...Object.keys(one.optionalDependencies ?? {}).map((name) => [name, true] as const),
	].filter(([name]) => !name.startsWith('@keyward/'));
};

/** All that is installed with what `npm run pack` makes, from the lock file alone, in the order of their places. */
export const shippedPackages = (root: string): readonly Shipped[] => {
	const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
	const { packages: lock } = read('package-lock.json') as { readonly packages: Lock };
	const open: (readonly [from: string, name: string, optional: boolean])[] = [['', 'node', false]];
	for (const name of product)
		for (const [needed, optional] of needs(read(`packages/${name}/package.json`) as Manifest))
			open.push([`packages/${name}`, needed, optional]);
	const found = new Map<string, Shipped>();
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const [from, name, optional] = next;
		const place = resolve(lock, from, name);
		const locked = place === null ? undefined : lock[place];
		if (place === null || locked === undefined) {
			if (optional) continue;
			throw new Error(`${from} needs ${name}, which package-lock.json has not`);
		}
		// Met again as one that is required: so are those that it needs.
		const known = found.get(place);
		if (known !== undefined && (optional || !known.optional)) continue;
		found.set(place, { place, locked, optional });
		for (const [needed, within] of needs(locked)) open.push([place, needed, optional || within]);
	}
	return [...found.values()].toSorted((a, b) => (a.place < b.place ? -1 : 1));
};
