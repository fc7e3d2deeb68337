import type { Content } from '../content/content.ts';
import { couldBeDevice } from '../list/named-key.ts';
import { printable } from '../text/printable.ts';
import type { HeldKey } from './held-key.ts';

const OBJECT = /^[- ]{0,8}kind:\s{1,8}["']?(?:Secret|Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob)\b/m;
const FIELD = /^(\s{0,64}(?:-\s{1,4})?)([A-Za-z]{1,32}):(?:\s{1,8}["']?([\w.-]{1,253}))?/;
const CONTAINERS = /^(?:init|ephemeral)?containers$/i;
/** Keys that wait for the end of the text. */
const MOST = 10_000;

interface KubernetesObject {
	readonly first: number;
	/** How far in its own fields stand. */
	readonly indent: number;
	kind: string;
	name: string;
	namespace: string;
	readonly containers: Set<string>;
}

/**
 * Objects of Kubernetes in YAML, as `kubectl get -o yaml` prints them and people write them. A key in a Secret is the Secret's, and the
 * same in two containers of one Pod is one: who reads several is told by the names and places of the objects. Null where `head` has none.
 */
export const kubernetesObjects = (outside: Content, head: string) => {
	if (!head.includes('kind:') || !OBJECT.test(head)) return null;
	const objects: KubernetesObject[] = [];
	let held: HeldKey[] = [];
	/** The section of the object's own fields, and a list of containers in it. */
	let section = '';
	let list: { readonly indent: number; item: number } | null = null;
	const begin = (first: number, indent: number): void => {
		if (objects.length > MOST) return;
		// Behind so many, keys are given as they are.
		objects.push({ first, indent, kind: '', name: '', namespace: '', containers: new Set() });
		[section, list] = ['', null];
	};
	const readField = (object: KubernetesObject, text: string): void => {
		const [, before = '', name = '', value = ''] = FIELD.exec(text) ?? [];
		if (name === '') return;
		const isItem = before.includes('-');
		if (before.length === object.indent) {
			section = name;
			if (name === 'kind') object.kind = value;
		} else if (section === 'metadata' && before.length <= object.indent + 4 && !isItem) {
			if (name === 'name' && object.name === '') object.name = value;
			if (name === 'namespace' && object.namespace === '') object.namespace = value;
		}
		const dash = isItem ? before.indexOf('-') : before.length;
		if (list !== null && (dash < list.indent || (dash === list.indent && !isItem))) list = null;
		if (list !== null && isItem && list.item === -1) list.item = before.length;
		if (list !== null && before.length === list.item && name === 'name') object.containers.add(value);
		if (CONTAINERS.test(name) && value === '') list = { indent: dash, item: -1 };
	};
	const give = ({ label, secret, device, role, network }: HeldKey, told: Set<string>): void => {
		const number = Number(/^line (\d{1,9}),/.exec(label)?.[1] ?? 0);
		const object = objects.findLast(({ first }) => number >= first);
		if (object === undefined || number === 0 || object.name === '' || object === objects[MOST])
			return outside.psk(label, secret, device, role, network);
		const isDevice = /\d/.test(object.name) && couldBeDevice(object.name);
		const [own = ''] = label.split(/ (?:of|under) /);
		const named = isDevice ? object.name : null;
		const of = named === null ? '' : ` of ${printable(named)}`;
		if (object.kind === 'Secret') {
			const where = object.namespace === '' ? '' : ` in ${printable(object.namespace)}`;
			const under = named !== null ? '' : ` under ${where === '' ? '' : 'Secret '}${printable(object.name)}${where}`;
			if (device !== null) outside.psk(label, secret, device, role, network);
			else outside.psk(`${own}${of}${under}`, secret, named, role, network);
			return;
		}
		if (object.kind === '' || (device !== null && !object.containers.has(device)))
			return outside.psk(label, secret, device, role, network);
		const once = `${object.first} ${Buffer.from(secret).toString('latin1')}`;
		if (told.has(once)) return;
		told.add(once);
		outside.psk(`${own}${of === '' ? ` under ${printable(object.name)}` : of}`, secret, named, role, network);
	};
	const content: Content = {
		...outside,
		get source() {
			return outside.source;
		},
		psk(label, secret, device, role, network) {
			if (held.length < MOST) held.push({ label, secret, device, role, network });
			else outside.psk(label, secret, device, role, network);
		},
	};
	return {
		content,
		/** Told of every line. */
		line(text: string, number: number): void {
			const [, lead] = /^(\s{0,8}-\s)(?:apiVersion|kind|data|metadata|stringData):/.exec(text) ?? [];
			const last = objects.at(-1);
			if (text.startsWith('---')) begin(number, 0);
			else if (lead !== undefined && last !== undefined && (last.indent === 0 || last.indent === lead.length))
				begin(number, lead.length);
			else if (last === undefined && FIELD.test(text)) begin(number, 0);
			const object = objects.at(-1);
			if (object !== undefined && text.includes(':')) readField(object, text);
		},
		end(): void {
			const told = new Set<string>();
			for (const one of held) give(one, told);
			held = [];
		},
	};
};
