import { dirname } from 'node:path';
import { importsOf, target } from './source.ts';

/** What each node reaches in one step. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Every relative import among these files, of types too. */
export const fileGraph = (files: readonly string[]): Graph => {
	const known = new Set(files);
	return new Map(
		files.map((file) => {
			const paths = importsOf(file).flatMap((one) => target(one) ?? []);
			return [file, new Set(paths.filter((path) => path !== file && known.has(path)))];
		}),
	);
};

/**
 * A room is a folder right inside a package, with all that is below it; files beside the package's `package.json` are one room,
 * `PACKAGE/.`.
 */
export const roomOf = (file: string): string => {
	const [, name = '', rest = ''] = /^(packages\/[^/]+|test\/house\/fixtures\/[^/]+)\/(.+)$/.exec(file) ?? [];
	return dirname(rest) === '.' ? `${name}/.` : `${name}/${rest.split('/')[0]}`;
};

/** The same graph, seen from further away. */
export const groupedBy = (graph: Graph, groupOf: (node: string) => string): Graph => {
	const groups = new Map<string, Set<string>>();
	for (const [from, reached] of graph) {
		const group = groups.get(groupOf(from)) ?? new Set<string>();
		groups.set(groupOf(from), group);
		for (const to of reached) if (groupOf(to) !== groupOf(from)) group.add(groupOf(to));
	}
	return groups;
};

/** Nodes that reach each other, circle by circle, each sorted: strongly connected components of two or more (Tarjan 1972). */
export const circlesOf = (graph: Graph): string[][] => {
	const index = new Map<string, number>();
	const low = new Map<string, number>();
	const stack: string[] = [];
	const found: string[][] = [];
	const walk = (node: string): number => {
		const own = index.size;
		index.set(node, own);
		low.set(node, own);
		stack.push(node);
		for (const next of graph.get(node) ?? []) {
			const reached = index.has(next) ? (stack.includes(next) ? (index.get(next) ?? own) : own) : walk(next);
			low.set(node, Math.min(low.get(node) ?? own, reached));
		}
		const lowest = low.get(node) ?? own;
		if (lowest === own) {
			const circle = stack.splice(stack.indexOf(node));
			if (circle.length > 1) found.push(circle.toSorted());
		}
		return lowest;
	};
	for (const node of graph.keys()) if (!index.has(node)) walk(node);
	return found.toSorted(([a = ''], [b = '']) => a.localeCompare(b));
};
