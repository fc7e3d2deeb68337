import type { Advisory, AdvisoryDocument, Statement, Status } from './advisory.ts';
import type { JsonObject } from './json-reading.ts';
import { type ProductTree, read, readProductTree } from './product-tree.ts';

/** CSAF 2.0 §3.2.3.9, by what each list means; `recommended` says nothing of exposure. */
const lists: readonly (readonly [list: string, status: Status])[] = [
	['known_affected', 'affected'],
	['first_affected', 'affected'],
	['last_affected', 'affected'],
	['under_investigation', 'under-investigation'],
	['fixed', 'fixed'],
	['first_fixed', 'fixed'],
	['known_not_affected', 'not-affected'],
];

/** Products that have a reason for not being affected (profile VEX §4.5, test 6.1.27.9). */
const justified = (
	vulnerability: JsonObject,
	groups: ReadonlyMap<string, readonly string[]>,
	path: string,
): Set<string> => {
	const found = new Set<string>();
	const take = (list: string, counts: (one: JsonObject) => boolean): void => {
		for (const [at, value] of read.list(vulnerability[list], `${path}.${list}`).entries()) {
			const where = `${path}.${list}[${at}]`;
			const one = read.object(value, where);
			if (!counts(one)) continue;
			for (const id of read.texts(one['product_ids'], `${where}.product_ids`)) found.add(id);
			for (const group of read.texts(one['group_ids'], `${where}.group_ids`))
				for (const id of groups.get(group) ?? []) found.add(id);
		}
	};
	take('flags', () => true);
	take('threats', ({ category }) => category === 'impact');
	return found;
};

const readGroups = (tree: unknown): Map<string, readonly string[]> => {
	const path = 'product_tree.product_groups';
	const given = tree === undefined ? undefined : read.object(tree, 'product_tree')['product_groups'];
	return new Map(
		read.list(given, path).map((value, at) => {
			const found = read.object(value, `${path}[${at}]`);
			return [
				read.needText(found['group_id'], `${path}[${at}].group_id`),
				read.texts(found['product_ids'], `${path}[${at}].product_ids`),
			];
		}),
	);
};

const readVulnerability = (
	found: JsonObject,
	path: string,
	tree: ProductTree,
	excused: ReadonlySet<string> | null,
): Pick<Advisory, 'statements' | 'unmatched'> => {
	const status =
		found['product_status'] === undefined ? {} : read.object(found['product_status'], `${path}.product_status`);
	const said = new Map<string, Status>();
	for (const [list, means] of lists) {
		const where = `${path}.product_status.${list}`;
		for (const id of read.texts(status[list], where)) {
			if (!tree.has(id)) throw read.refuse(where, `names ${JSON.stringify(id)}, which no product has for its id.`);
			const other = said.get(id);
			// CSAF test 6.1.6.
			if (other !== undefined && other !== means)
				throw read.refuse(where, `says ${means} of ${JSON.stringify(id)}, which it calls ${other} as well.`);
			if (means === 'not-affected' && excused !== null && !excused.has(id))
				throw read.refuse(
					where,
					`gives no reason why ${JSON.stringify(id)} is not affected (flags, or threats of category impact).`,
				);
			said.set(id, means);
		}
	}
	const fixedBy = (key: string): string[] =>
		Array.from(said).flatMap(([id, means]) => {
			const product = tree.get(id);
			return means === 'fixed' && product?.package === key && product.version !== null ? [product.version] : [];
		});
	const statements: Statement[] = [];
	const unmatched: string[] = [];
	for (const [id, means] of said) {
		const product = tree.get(id);
		const isGood = means === 'fixed' || means === 'not-affected';
		if (!product || (isGood && product.elsewhere)) unmatched.push(id);
		else {
			const { package: key, qualifiers, versions, within } = product;
			statements.push({ status: means, package: key, qualifiers, versions, within, fixed: isGood ? [] : fixedBy(key) });
		}
	}
	return { statements, unmatched };
};

/** Reads a CSAF 2.0 document (OASIS), VEX or security advisory. Throws `Problem('advisory-malformed')`, which says where. */
export const readCsaf = (document: JsonObject): AdvisoryDocument => {
	const about = read.object(document['document'], 'document');
	const version = read.needText(about['csaf_version'], 'document.csaf_version');
	if (version !== '2.0')
		throw read.refuse(
			'document.csaf_version',
			`${JSON.stringify(version.slice(0, 20))} is not read here: it must be "2.0".`,
		);
	const category = read.needText(about['category'], 'document.category');
	const publisher = read.object(about['publisher'], 'document.publisher');
	const namespace = read.needText(publisher['namespace'], 'document.publisher.namespace');
	const tracking = read.object(about['tracking'], 'document.tracking');
	const id = read.needText(tracking['id'], 'document.tracking.id');
	const state = read.needText(tracking['status'], 'document.tracking.status');
	if (state !== 'final' && state !== 'interim')
		throw read.refuse('document.tracking.status', 'must be final or interim: a draft is nothing to act by.');
	const updated = read.needInstant(tracking['current_release_date'], 'document.tracking.current_release_date');
	const initial = read.needInstant(tracking['initial_release_date'], 'document.tracking.initial_release_date');
	const title = read.needText(about['title'], 'document.title');
	const tree = readProductTree(document['product_tree']);
	const groups = readGroups(document['product_tree']);
	const advisories = read.list(document['vulnerabilities'], 'vulnerabilities').map((value, at): Advisory => {
		const path = `vulnerabilities[${at}]`;
		const found = read.object(value, path);
		const cve = read.text(found['cve'], `${path}.cve`);
		const others = read.list(found['ids'], `${path}.ids`).map((one, i) => {
			const where = `${path}.ids[${i}]`;
			return read.needText(read.object(one, where)['text'], `${where}.text`);
		});
		const excused = category === 'csaf_vex' ? justified(found, groups, path) : null;
		return {
			...{ id: cve ?? others[0] ?? `${id}#${at + 1}`, aliases: cve === null ? others.slice(1) : others },
			summary: read.text(found['title'], `${path}.title`) ?? title,
			published: read.instant(found['release_date'], `${path}.release_date`) ?? initial,
			withdrawn: null,
			...readVulnerability(found, path, tree, excused),
		};
	});
	if (category === 'csaf_vex' && advisories.length === 0)
		throw read.refuse('vulnerabilities', 'is missing: a VEX document has at least one.');
	return { format: 'csaf', id, publisher: namespace, updated, advisories };
};
