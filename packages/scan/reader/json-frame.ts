import type { KeyName } from '../list/key-names.ts';
import { couldBeDevice } from '../list/named-key.ts';
import type { NamedList } from '../list/paired-lists.ts';
import type { Waiting } from '../list/part-of.ts';
import type { Columns } from '../list/rows.ts';
import { printable } from '../text/printable.ts';

export interface Secret {
	readonly secret: Uint8Array;
	readonly name: KeyName;
	/** The names of the objects that it came from, where several with keys stand side by side. */
	readonly from: string;
	/** Means nothing where nothing names a device: Tuya's `key`. */
	readonly needsDevice?: boolean;
}

/** An object with keys in another. */
export interface Inner {
	readonly called: string;
	readonly device: Frame['device'];
	readonly secrets: readonly Secret[];
}

/** One object or array that is open. */
export interface Frame {
	readonly kind: 'object' | 'array';
	/** Its own name in the object around it. */
	readonly called: string;
	name: string;
	device: { readonly text: string; readonly rank: number; readonly isUnique: boolean } | null;
	readonly jwk: Map<string, string>;
	/** A Secret of Kubernetes: its values are in base64. */
	isEncoded: boolean;
	/** An object of Kubernetes has a `kind`; its name and namespace, or the family of a task of ECS. */
	isObject: boolean;
	object: { name: string; namespace: string };
	secrets: Secret[];
	inner: Inner[];
	waiting: Waiting[];
	/** Its objects are devices by their names. */
	isMap: boolean;
	/** Texts of an array, and what the columns of the arrays in it mean, where the first of them says so. */
	texts: string[];
	/** Lists of names and of keys beside one another. */
	lists: NamedList[];
	columns: Columns | null;
	rows: number;
	/** A setting as a name and a value beside it. */
	pair: { name: string; value: string; of: string };
}

export const newFrame = (kind: Frame['kind'], parent: Frame | undefined): Frame => ({
	kind,
	called: parent?.name ?? '',
	name: parent?.kind === 'array' ? parent.called : '',
	device: null,
	jwk: new Map(),
	isEncoded: false,
	isObject: false,
	object: { name: '', namespace: '' },
	secrets: [],
	inner: [],
	waiting: [],
	isMap: false,
	texts: [],
	lists: [],
	columns: null,
	rows: 0,
	pair: { name: '', value: '', of: '' },
});

const CONTAINERS = /^(?:(?:init|ephemeral)?containers|containerDefinitions)$/i;

/** Whose a key of an object of Kubernetes or of a container is: the object's, by its name where that is a device's; null for others. */
export const objectOf = (
	frame: Frame,
	stack: readonly Frame[],
): { readonly device: string | null; readonly under: string } | null => {
	const isContainer = stack.at(-1)?.kind === 'array' && CONTAINERS.test(stack.at(-1)?.called ?? '');
	const object = isContainer
		? stack.findLast((one) => one.object.name !== '')?.object
		: frame.isEncoded && frame.object.name !== ''
			? frame.object
			: undefined;
	if (object === undefined) return null;
	const { name, namespace } = object;
	if (/\d/.test(name) && couldBeDevice(name)) return { device: name, under: '' };
	if (isContainer) return { device: null, under: ` under ${printable(name)} / containers` };
	return {
		device: null,
		under: ` under ${namespace === '' ? printable(name) : `Secret ${printable(name)} in ${printable(namespace)}`}`,
	};
};
