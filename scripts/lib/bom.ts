import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printPackageUrl, readBillOfMaterials } from '@keyward/core/update';
import { type Manifest, product } from './packed.ts';

interface Locked {
	readonly version?: string;
	readonly integrity?: string;
	readonly license?: string;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Lock = Readonly<Record<string, Locked>>;

const MODULES = 'node_modules/';

/** Where Node finds the package from there (its places, innermost first); null for an optional one that is not locked. */
const resolve = (lock: Lock, from: string, name: string): string | null => {
	for (let at = from; ; at = at.includes(MODULES) ? at.slice(0, at.lastIndexOf(MODULES)).replace(/[/]$/, '') : '') {
		const place = `${at === '' ? '' : `${at}/`}${MODULES}${name}`;
		if (lock[place] !== undefined) return place;
		if (at === '') return null;
	}
};

const needs = ({ dependencies, optionalDependencies }: Locked | Manifest): string[] =>
	Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !name.startsWith('@keyward/'));

const componentAt = (place: string, { version = '', integrity, license }: Locked): object => {
	const name = place.slice(place.lastIndexOf(MODULES) + MODULES.length);
	const [, scope = '', plain = name] = /^(@[^/]+)[/](.+)$/.exec(name) ?? [];
	const purl = printPackageUrl({
		...{ type: 'npm', namespace: scope, name: plain, version, qualifiers: new Map(), subpath: '' },
	});
	const digest = integrity?.startsWith('sha512-') ? Buffer.from(integrity.slice(7), 'base64').toString('hex') : null;
	return {
		...{ type: 'library', 'bom-ref': place, name, version, purl },
		...(digest !== null && { hashes: [{ alg: 'SHA-512', content: digest }] }),
		...(license !== undefined && { licenses: [{ expression: license }] }),
	};
};

/**
 * The bill of materials of what `npm run pack` makes (CycloneDX 1.6 JSON), from the lock file alone, without time and random
 * number: one lock file has one bill. `npm sbom` leaves out what the workshop needs as well (mqtt).
 */
export const billOfKeyward = (root: string, version: string): string => {
	const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
	const { packages: lock } = read('package-lock.json') as { readonly packages: Lock };
	const open: (readonly [from: string, name: string])[] = [['', 'node']];
	for (const name of product)
		open.push(
			...needs(read(`packages/${name}/package.json`) as Manifest).map((one) => [`packages/${name}`, one] as const),
		);
	const found = new Set<string>();
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const place = resolve(lock, ...next);
		const locked = place === null ? undefined : lock[place];
		if (place === null || locked === undefined || found.has(place)) continue;
		found.add(place);
		open.push(...needs(locked).map((name) => [place, name] as const));
	}
	const purl = `pkg:npm/keyward@${version}`;
	const bill = {
		...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
		metadata: { component: { type: 'application', 'bom-ref': purl, name: 'keyward', version, purl } },
		components: [...found].toSorted().map((place) => componentAt(place, lock[place] ?? {})),
	};
	const text = `${JSON.stringify(bill, null, '\t')}\n`;
	readBillOfMaterials(text);
	return text;
};
