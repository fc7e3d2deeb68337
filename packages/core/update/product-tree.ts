import { Problem } from '../problem/problem.ts';
import { type JsonObject, jsonReader } from './json-reading.ts';
import { type PackageUrl, packageKey, parsePackageUrl } from './package-url.ts';
import { parseVersionRange } from './version-range.ts';
import { schemeOf } from './version-scheme.ts';
import { everyVersion, oneVersion, type VersionSet } from './version-set.ts';

/** A product of a CSAF document that a bill can be compared with. */
export interface Product {
	readonly package: string;
	readonly qualifiers: Readonly<Record<string, string>>;
	readonly versions: VersionSet;
	/** Only as part of this one. */
	readonly within: { readonly package: string; readonly versions: VersionSet } | null;
	/** True for a part of something that no bill can be compared with: what is good about it may be so only there. */
	readonly elsewhere: boolean;
	/** The one version that it is; null for a range or any. */
	readonly version: string | null;
}

export const read = jsonReader('advisory-malformed', 'The CSAF document');

/** Products by their ids; null: defined, and named by no package URL. */
export type ProductTree = ReadonlyMap<string, Product | null>;

const DEEPEST = 32;

interface Relationship {
	readonly id: string;
	readonly part: string;
	readonly whole: string;
	readonly path: string;
}

interface Branch {
	readonly category: string;
	readonly name: string;
}

const versionsOf = (purl: PackageUrl, branches: readonly Branch[], path: string): VersionSet => {
	const scheme = schemeOf(purl.type);
	if (purl.version !== null) return oneVersion(scheme, purl.version);
	const named = branches.findLast(({ category }) => category.startsWith('product_version'));
	if (named === undefined) return everyVersion;
	if (named.category === 'product_version') return oneVersion(scheme, named.name);
	// CSAF §3.1.2.3.2: a range is vers, or words for people that no machine may guess at.
	if (!named.name.startsWith('vers:')) return { ...everyVersion, intervals: [], unclear: true };
	try {
		const range = parseVersionRange(named.name);
		// The package's own type says how its versions are ordered, where the range has another name for it.
		return { ...range, scheme: range.scheme ?? scheme };
	} catch (error) {
		if (error instanceof Problem) throw read.refuse(`${path}:`, error.detail);
		throw error;
	}
};

const productOf = (found: JsonObject, branches: readonly Branch[], path: string): Product | null => {
	const helper = found['product_identification_helper'];
	if (helper === undefined) return null;
	const at = `${path}.product_identification_helper.purl`;
	const written = read.text(read.object(helper, `${path}.product_identification_helper`)['purl'], at);
	if (written === null) return null;
	try {
		const purl = parsePackageUrl(written);
		const versions = versionsOf(purl, branches, path);
		const [only] = versions.exact.length === 1 && versions.intervals.length === 0 ? versions.exact : [];
		return {
			...{ package: packageKey(purl), qualifiers: Object.fromEntries(purl.qualifiers), versions, within: null },
			...{ elsewhere: false, version: only ?? null },
		};
	} catch (error) {
		if (error instanceof Problem && error.code === 'package-url') throw read.refuse(`${at}:`, error.detail);
		throw error;
	}
};

/** Reads `product_tree` (CSAF 2.0 §3.2.2). Throws `Problem('advisory-malformed')`, also for ids that define each other in a circle. */
export const readProductTree = (value: unknown): ProductTree => {
	const tree = new Map<string, Product | null>();
	if (value === undefined) return tree;
	const root = read.object(value, 'product_tree');
	const pending = new Map<string, Relationship>();
	const idOf = (found: JsonObject, path: string): string => {
		const id = read.needText(found['product_id'], `${path}.product_id`);
		// CSAF test 6.1.2: one id, one product.
		if (tree.has(id) || pending.has(id))
			throw read.refuse(`${path}.product_id`, `defines ${JSON.stringify(id)} a second time.`);
		return id;
	};
	const takeProduct = (given: unknown, branches: readonly Branch[], path: string): void => {
		const found = read.object(given, path);
		tree.set(idOf(found, path), productOf(found, branches, path));
	};
	const open: { list: readonly unknown[]; at: number; path: string; branches: readonly Branch[] }[] = [
		{ list: read.list(root['branches'], 'product_tree.branches'), at: 0, path: 'product_tree.branches', branches: [] },
	];
	for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
		if (level.at >= level.list.length) {
			open.pop();
			continue;
		}
		const path = `${level.path}[${level.at}]`;
		const found = read.object(level.list[level.at++], path);
		const category = read.needText(found['category'], `${path}.category`);
		const branches = [...level.branches, { category, name: read.needText(found['name'], `${path}.name`) }];
		if (found['product'] !== undefined) takeProduct(found['product'], branches, `${path}.product`);
		if (open.length >= DEEPEST) throw read.refuse(path, `is nested deeper than ${DEEPEST} levels.`);
		open.push({ list: read.list(found['branches'], `${path}.branches`), at: 0, path: `${path}.branches`, branches });
	}
	for (const [at, product] of read.list(root['full_product_names'], 'product_tree.full_product_names').entries())
		takeProduct(product, [], `product_tree.full_product_names[${at}]`);
	for (const [at, given] of read.list(root['relationships'], 'product_tree.relationships').entries()) {
		const path = `product_tree.relationships[${at}]`;
		const found = read.object(given, path);
		const id = idOf(read.object(found['full_product_name'], `${path}.full_product_name`), `${path}.full_product_name`);
		const part = read.needText(found['product_reference'], `${path}.product_reference`);
		const whole = read.needText(found['relates_to_product_reference'], `${path}.relates_to_product_reference`);
		pending.set(id, { id, part, whole, path });
	}
	resolve(tree, pending);
	return tree;
};

/** Puts parts into their wholes, what is defined first; what is left then waits for itself (CSAF test 6.1.3) or for nothing (6.1.1). */
const resolve = (tree: Map<string, Product | null>, pending: Map<string, Relationship>): void => {
	for (let before = -1; pending.size > 0 && pending.size !== before;) {
		before = pending.size;
		for (const [id, { part, whole }] of pending) {
			const [partProduct, wholeProduct] = [tree.get(part), tree.get(whole)];
			if (partProduct === undefined || wholeProduct === undefined) continue;
			const within = wholeProduct === null ? null : { package: wholeProduct.package, versions: wholeProduct.versions };
			const elsewhere = wholeProduct === null || wholeProduct.elsewhere || partProduct?.elsewhere === true;
			tree.set(id, partProduct && { ...partProduct, within, elsewhere });
			pending.delete(id);
		}
	}
	const [left] = pending.values();
	if (left === undefined) return;
	const missing = [left.part, left.whole].find((id) => !tree.has(id) && !pending.has(id));
	throw read.refuse(
		left.path,
		missing === undefined
			? `is part of a circle: ${JSON.stringify(left.id)} is defined by itself.`
			: `names ${JSON.stringify(missing)}, which no product has for its id.`,
	);
};
