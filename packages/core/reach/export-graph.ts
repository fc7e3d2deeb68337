import { edgeKinds } from './edge-kind.ts';
import { type Exposure } from './exposure.ts';
import { edgeKindOf, kindOf, nameOf, type TrustGraph } from './trust-graph.ts';

/** Text in XML 1.0: what it cannot hold becomes U+FFFD. */
const xml = (text: string): string =>
	text
		.replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;');

const gradeWord = (exposure: Exposure | null, node: number): string => {
	const grade = exposure?.grade[node] ?? 0;
	return grade === 2 ? 'certain' : grade === 1 ? 'in-hand' : 'none';
};

function* edgesOf(graph: TrustGraph): Generator<{ from: number; edge: number; to: number }> {
	for (let from = 0; from < graph.nodes; from++)
		for (let edge = graph.offsets[from] ?? 0; edge < (graph.offsets[from + 1] ?? 0); edge++)
			yield { from, edge, to: graph.targets[edge] ?? 0 };
}

/** The graph as GraphML 1.0, piece by piece; `falls` of a node says what the exposure makes of it. */
export function* graphMl(graph: TrustGraph, exposure: Exposure | null): Generator<string> {
	yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n';
	for (const [id, on, type] of [
		['kind', 'node', 'string'],
		['label', 'node', 'string'],
		['falls', 'node', 'string'],
		['needs', 'node', 'int'],
		['relation', 'edge', 'string'],
		['grade', 'edge', 'string'],
	] as const)
		yield `\t<key id="${id}" for="${on}" attr.name="${id}" attr.type="${type}"/>\n`;
	yield '\t<graph id="trust" edgedefault="directed">\n';
	for (let node = 0; node < graph.nodes; node++)
		yield `\t\t<node id="n${node}"><data key="kind">${kindOf(graph, node)}</data><data key="label">${xml(graph.labels[node] ?? '')}</data><data key="falls">${gradeWord(exposure, node)}</data><data key="needs">${graph.needs[node] ?? 1}</data></node>\n`;
	for (const { from, edge, to } of edgesOf(graph)) {
		const kind = edgeKindOf(graph, edge);
		yield `\t\t<edge id="e${edge}" source="n${from}" target="n${to}"><data key="relation">${kind}</data><data key="grade">${edgeKinds[kind].grade}</data></edge>\n`;
	}
	yield '\t</graph>\n</graphml>\n';
}

/** "stream-write" as BloodHound names kinds: letters, digits and underscores, with a prefix of ours. */
const pascal = (kind: string): string =>
	`Keyward_${kind.replaceAll(/(^|-)([a-z])/g, (_all, _dash: string, letter: string) => letter.toUpperCase())}`;

/**
 * The graph as a data payload of BloodHound's OpenGraph: nodes with id, kinds and flat properties in lower case, edges that match
 * by id, kinds of letters, digits and underscores (bloodhound.specterops.io/opengraph/developer/schema).
 */
export function* openGraph(graph: TrustGraph, exposure: Exposure | null): Generator<string> {
	yield '{"metadata":{"source_kind":"Keyward"},"graph":{"nodes":[\n';
	const id = (node: number): string => nameOf(graph, node).toUpperCase();
	for (let node = 0; node < graph.nodes; node++) {
		const properties = {
			name: id(node),
			displayname: nameOf(graph, node),
			falls: gradeWord(exposure, node),
			needs: graph.needs[node] ?? 1,
			weight: graph.weights[node] ?? 0,
		};
		const one = { id: `KEYWARD-${node}`, kinds: [pascal(kindOf(graph, node)), 'Keyward'], properties };
		yield `${node === 0 ? '' : ',\n'}${JSON.stringify(one)}`;
	}
	yield '\n],"edges":[\n';
	for (const { from, edge, to } of edgesOf(graph)) {
		const kind = edgeKindOf(graph, edge);
		const one = {
			kind: pascal(kind),
			start: { match_by: 'id', value: `KEYWARD-${from}` },
			end: { match_by: 'id', value: `KEYWARD-${to}` },
			properties: { grade: edgeKinds[kind].grade },
		};
		yield `${edge === 0 ? '' : ',\n'}${JSON.stringify(one)}`;
	}
	yield '\n]}}\n';
}
