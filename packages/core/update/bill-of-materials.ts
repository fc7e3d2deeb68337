import { Problem } from '../problem/problem.ts';
import { type JsonObject, jsonReader } from './json-reading.ts';
import { type PackageUrl, parsePackageUrl } from './package-url.ts';

/** One thing that software is made of. */
export interface BillComponent {
	readonly name: string;
	readonly version: string | null;
	/** Null: no advisory can name it for certain. */
	readonly purl: PackageUrl | null;
}

/** What one version of some software is made of (CycloneDX, ECMA-424). */
export interface BillOfMaterials {
	readonly specVersion: string;
	/** What it is the bill of; null where it does not say. */
	readonly subject: BillComponent | null;
	/** Flat: what is within another stands after it. What is `excluded` is left out. */
	readonly components: readonly BillComponent[];
}

/** A file with more would keep the service busy, and is no bill of a sensor's software. */
export const MOST_COMPONENTS = 100_000;
const DEEPEST = 32;

const specVersions = ['1.4', '1.5', '1.6'];

const types = new Set([
	...['application', 'framework', 'library', 'container', 'operating-system', 'device', 'firmware', 'file'],
	...['platform', 'device-driver', 'machine-learning-model', 'data', 'cryptographic-asset'],
]);

/** The schema closes both sets: a misspelt `purl` must not hide a component. */
const billKeys = new Set([
	...['$schema', 'bomFormat', 'specVersion', 'serialNumber', 'version', 'metadata', 'components', 'services'],
	...['externalReferences', 'dependencies', 'compositions', 'vulnerabilities', 'annotations', 'formulation'],
	...['properties', 'declarations', 'definitions', 'signature'],
]);
const componentKeys = new Set([
	...['type', 'mime-type', 'bom-ref', 'supplier', 'manufacturer', 'author', 'authors', 'publisher', 'group', 'name'],
	...[
		'version',
		'description',
		'scope',
		'hashes',
		'licenses',
		'copyright',
		'cpe',
		'purl',
		'omniborId',
		'swhid',
		'swid',
	],
	...['modified', 'pedigree', 'externalReferences', 'components', 'evidence', 'releaseNotes', 'modelCard', 'data'],
	...['cryptoProperties', 'properties', 'tags', 'signature'],
]);

const read = jsonReader('bill-malformed', 'The bill of materials');

const requireKnown = (found: JsonObject, known: ReadonlySet<string>, path: string): void => {
	const unknown = Object.keys(found).find((key) => !known.has(key));
	if (unknown !== undefined)
		throw read.refuse(path, `has ${JSON.stringify(unknown.slice(0, 80))}, which CycloneDX does not know.`);
};

const purlOf = (value: unknown, path: string): PackageUrl | null => {
	const written = read.text(value, path);
	try {
		return written === null ? null : parsePackageUrl(written);
	} catch (error) {
		if (error instanceof Problem) throw read.refuse(`${path}:`, error.detail);
		throw error;
	}
};

/** Components with their paths, those within others after them. Walks without recursion: depth is the sender's. */
function* componentsOf(value: unknown, path: string): Generator<readonly [found: JsonObject, path: string]> {
	const open = [{ list: read.list(value, path), path, at: 0 }];
	for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
		const next = level.list[level.at];
		const at = `${level.path}[${level.at++}]`;
		if (level.at > level.list.length) {
			open.pop();
			continue;
		}
		const found = read.object(next, at);
		yield [found, at];
		if (found['components'] === undefined) continue;
		if (open.length >= DEEPEST) throw read.refuse(at, `is nested deeper than ${DEEPEST} levels.`);
		open.push({ list: read.list(found['components'], `${at}.components`), path: `${at}.components`, at: 0 });
	}
}

const readComponent = (found: JsonObject, path: string): BillComponent => {
	requireKnown(found, componentKeys, path);
	const type = read.needText(found['type'], `${path}.type`);
	if (!types.has(type))
		throw read.refuse(`${path}.type`, `${JSON.stringify(type.slice(0, 80))} is no type of CycloneDX.`);
	const name = read.needText(found['name'], `${path}.name`);
	// CycloneDX allows an empty version: it is not known.
	const version = found['version'] === '' ? null : read.text(found['version'], `${path}.version`);
	const purl = purlOf(found['purl'], `${path}.purl`);
	return { name, version: purl?.version ?? version, purl };
};

/** Reads CycloneDX JSON 1.4 to 1.6, strictly. Throws `Problem('bill-malformed')`, which says where. */
export const readBillOfMaterials = (json: string): BillOfMaterials => {
	const bill = read.parse(json);
	if (bill['bomFormat'] !== 'CycloneDX')
		throw read.refuse('bomFormat', 'must be "CycloneDX": write the bill in that format, as JSON.');
	const specVersion = read.needText(bill['specVersion'], 'specVersion');
	if (!specVersions.includes(specVersion))
		throw read.refuse(
			'specVersion',
			`${JSON.stringify(specVersion.slice(0, 20))} is not read here: write ${specVersions.join(', ')}.`,
		);
	requireKnown(bill, billKeys, '');
	const metadata = bill['metadata'] === undefined ? {} : read.object(bill['metadata'], 'metadata');
	const about = metadata['component'];
	const subject =
		about === undefined ? null : readComponent(read.object(about, 'metadata.component'), 'metadata.component');
	const components: BillComponent[] = [];
	const refs = new Set<string>();
	let count = 0;
	for (const [found, path] of componentsOf(bill['components'], 'components')) {
		if (++count > MOST_COMPONENTS)
			throw read.refuse('', `has more than ${MOST_COMPONENTS} components: split it by what is updated for itself.`);
		const ref = read.text(found['bom-ref'], `${path}.bom-ref`);
		if (ref !== null && refs.has(ref)) throw read.refuse(`${path}.bom-ref`, 'is that of another component too.');
		if (ref !== null) refs.add(ref);
		const component = readComponent(found, path);
		if (found['scope'] !== 'excluded') components.push(component);
	}
	return { specVersion, subject, components };
};
