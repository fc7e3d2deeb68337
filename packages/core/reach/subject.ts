import { Problem } from '../problem/problem.ts';
import { type NodeKind, nodeKindNames } from './node-kind.ts';
import { nameOf, type TrustGraph } from './trust-graph.ts';

/** What an attacker can be said to take. */
const takable: readonly NodeKind[] = [
	'device',
	'gateway',
	'reader',
	'person',
	'service',
	'ca',
	'key',
	'update-role',
	'command-role',
	'owner-role',
	'key-epoch',
];

const SHOWN = 5;

/** A key may be named by so many digits of its fingerprint. */
const SHORTEST_KEY = 8;

/**
 * The node that a person means: "hall/probe-1", "probe-1" where one application has it, "ca:hall", "key:" and eight digits of its
 * fingerprint or more. Throws `Problem('reach-subject')` when none or several are meant.
 */
export const findSubject = (graph: TrustGraph, text: string): number => {
	const colon = text.indexOf(':');
	const kind = takable.find((one) => one === text.slice(0, Math.max(0, colon)));
	const wanted = kind === undefined ? text : text.slice(colon + 1);
	const allowed = new Set((kind === undefined ? takable : [kind]).map((one) => nodeKindNames.indexOf(one)));
	const exact: number[] = [];
	const near: number[] = [];
	const key = nodeKindNames.indexOf('key');
	for (let node = 0; node < graph.nodes; node++) {
		if (!allowed.has(graph.kinds[node] as number)) continue;
		const label = graph.labels[node] ?? '';
		if (label === wanted) exact.push(node);
		else if (graph.kinds[node] === key) {
			if (wanted.length >= SHORTEST_KEY && label.startsWith(wanted)) near.push(node);
		} else if (label.endsWith(`/${wanted}`)) near.push(node);
	}
	const found = exact.length > 0 ? exact : near;
	const [first] = found;
	if (first === undefined)
		throw new Problem(
			'reach-subject',
			`${JSON.stringify(text)} is no ${takable.join(', ')} of this inventory: name one as "device:APPLICATION/ID", "ca:NAME" or "key:FINGERPRINT"`,
		);
	if (found.length > 1) {
		const names = found.slice(0, SHOWN).map((node) => nameOf(graph, node).replace(' ', ':'));
		const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : '';
		throw new Problem('reach-subject', `${JSON.stringify(text)} may be ${names.join(', ')}${more}: name one of them`);
	}
	return first;
};
