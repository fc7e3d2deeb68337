import type { Custody } from '../../device/custody.ts';
import { Problem } from '../../problem/problem.ts';
import type { HeldKey, Inventory } from '../inventory.ts';
import { collectHolders } from './holders.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

export const isCycloneDx = (value: unknown): boolean => isObject(value) && value['bomFormat'] === 'CycloneDX';

const DEEPEST = 32;
/** Types of related material that open something (CycloneDX 1.6, relatedCryptoMaterialProperties.type). */
const opening = new Set(['private-key', 'secret-key', 'key', 'shared-secret', 'credential', 'password', 'token']);
const secrets = new Set(['secret-key', 'shared-secret', 'password', 'token']);

const mechanisms: Readonly<Record<string, Custody>> = { TPM: 'tpm2', HSM: 'pkcs11' };

const noKey =
	'The document has no key: it says what is built in, and not what anybody opens. Give it cryptographic assets (CycloneDX 1.6, cryptoProperties.relatedCryptoMaterialProperties)';

const malformed = (why: string): Problem => new Problem('inventory-malformed', why);

const textOf = (object: JsonObject | undefined, name: string): string | null => {
	const value = object?.[name];
	return typeof value === 'string' && value !== '' ? value : null;
};

const objectOf = (object: JsonObject | undefined, name: string): JsonObject | undefined => {
	const value = object?.[name];
	return isObject(value) ? value : undefined;
};

/** The key of a cryptographic asset; null for an algorithm, a protocol, a public key. */
const keyOf = (component: JsonObject, ref: string): HeldKey | null => {
	const crypto = objectOf(component, 'cryptoProperties');
	const material = objectOf(crypto, 'relatedCryptoMaterialProperties');
	const type = textOf(material, 'type');
	if (type === null || !opening.has(type)) return null;
	const name = textOf(objectOf(material, 'fingerprint'), 'content') ?? textOf(material, 'id') ?? ref;
	const mechanism = textOf(objectOf(material, 'securedBy'), 'mechanism')?.toUpperCase() ?? '';
	return {
		key: name,
		custody: Object.hasOwn(mechanisms, mechanism) ? (mechanisms[mechanism] ?? 'software') : 'software',
		opensRecorded: secrets.has(type),
	};
};

/**
 * The holders of keys in a CycloneDX document with cryptographic assets (1.6): each component of type `device`, else the subject of
 * the document, holds the keys within it and those that it depends on, directly or not; circles of dependencies are walked once.
 */
export const cycloneDxInventory = (value: unknown): Inventory => {
	if (!isObject(value) || !isCycloneDx(value)) throw malformed('The document is no CycloneDX');
	const keys = new Map<string, HeldKey>();
	const leads = new Map<string, string[]>();
	const names = new Map<string, string>();
	const devices = new Set<string>();
	let unnamed = 0;
	const lead = (from: string, to: string): void => {
		const list = leads.get(from);
		if (list === undefined) leads.set(from, [to]);
		else list.push(to);
	};
	const walk = (component: unknown, within: string | null, where: string, depth: number): void => {
		if (!isObject(component)) throw malformed(`${where} is no object`);
		if (depth > DEEPEST) throw malformed(`${where} is nested deeper than ${DEEPEST}`);
		const ref = textOf(component, 'bom-ref') ?? `${where}#${unnamed++}`;
		if (names.has(ref)) throw new Problem('inventory-duplicate', `bom-ref ${JSON.stringify(ref)} is there twice`);
		names.set(ref, textOf(component, 'name') ?? ref);
		if (component['type'] === 'device') devices.add(ref);
		const key = keyOf(component, ref);
		if (key !== null) keys.set(ref, key);
		if (within !== null) lead(within, ref);
		const inner = component['components'] ?? [];
		if (!Array.isArray(inner)) throw malformed(`${where}.components is no list`);
		for (const [index, one] of (inner as readonly unknown[]).entries())
			walk(one, ref, `${where}.components[${index}]`, depth + 1);
	};
	const subject = objectOf(objectOf(value, 'metadata'), 'component');
	if (subject !== undefined) walk(subject, null, 'metadata.component', 0);
	const root = subject === undefined ? null : (textOf(subject, 'bom-ref') ?? null);
	for (const [index, component] of (Array.isArray(value['components'])
		? (value['components'] as unknown[])
		: []
	).entries())
		walk(component, null, `components[${index}]`, 0);
	for (const dependency of Array.isArray(value['dependencies']) ? (value['dependencies'] as unknown[]) : []) {
		const ref = isObject(dependency) ? textOf(dependency, 'ref') : null;
		const on = isObject(dependency) ? dependency['dependsOn'] : null;
		if (ref === null || !Array.isArray(on)) continue;
		for (const one of on as unknown[]) if (typeof one === 'string') lead(ref, one);
	}
	const assumed: string[] = [];
	if (devices.size === 0) {
		const fallback = root ?? [...names.keys()].find((ref) => !keys.has(ref));
		if (fallback !== undefined) {
			devices.add(fallback);
			assumed.push(
				`No component is of type device: ${names.get(fallback) ?? fallback} is taken for one that holds every key.`,
			);
		}
		// A document of one product lists its keys beside it.
		if (fallback !== undefined) for (const ref of keys.keys()) lead(fallback, ref);
	}
	if (devices.size === 0)
		throw malformed(
			keys.size === 0
				? noKey
				: `The document has ${keys.size} keys and nothing that holds them: give it components of type device that contain or depend on them, or the product as metadata.component`,
		);
	const called = new Map<string, number>();
	for (const device of devices) {
		const name = names.get(device) ?? device;
		called.set(name, (called.get(name) ?? 0) + 1);
	}
	// Two of one name are two devices.
	const nameOf = (ref: string): string => {
		const name = names.get(ref) ?? ref;
		return called.get(name) === 1 ? name : `${name} (${ref})`;
	};
	const files = new Set([...keys.values()].filter(({ custody }) => custody === 'software').map(({ key }) => key));
	const holders = collectHolders();
	const held = new Set<string>();
	for (const device of devices) {
		const seen = new Set([device]);
		for (const ref of seen) {
			const key = keys.get(ref);
			if (key !== undefined) {
				held.add(ref);
				holders.add(nameOf(device), key.key, { ...key, custody: files.has(key.key) ? 'software' : key.custody });
			}
			for (const next of leads.get(ref) ?? []) if (!devices.has(next)) seen.add(next);
		}
	}
	const lost = keys.size - held.size;
	if (keys.size === 0) throw malformed(noKey);
	return {
		source: 'CycloneDX',
		devices: holders.devices(),
		...{ readers: [], gateways: [], authorities: [], updateRoles: [], people: [], service: null },
		assumptions: [
			...assumed,
			'A key without securedBy TPM or HSM, wherever the document has it so, counts as a file.',
			...(lost > 0
				? [
						lost === 1
							? '1 key belongs to no device of the document, and is left out.'
							: `${lost} keys belong to no device of the document, and are left out.`,
					]
				: []),
		],
	};
};
