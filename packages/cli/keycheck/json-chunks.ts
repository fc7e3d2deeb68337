/**
 * JSON in pieces, so that a report of any length is neither built whole nor held to the longest string. `Iterable`s other than
 * arrays are written as arrays, and an object's members that are `undefined` are left out, as `JSON.stringify` does.
 */
export function* jsonChunks(value: unknown, indent = ''): Generator<string> {
	if (typeof value !== 'object' || value === null) {
		yield JSON.stringify(value) ?? 'null';
		return;
	}
	const within = `${indent}\t`;
	let first = true;
	const separator = (): string => {
		const text = `${first ? '' : ','}\n${within}`;
		first = false;
		return text;
	};
	if (Symbol.iterator in value) {
		yield '[';
		for (const one of value as Iterable<unknown>) {
			yield separator();
			yield* jsonChunks(one, within);
		}
		yield first ? ']' : `\n${indent}]`;
		return;
	}
	yield '{';
	for (const [name, one] of Object.entries(value)) {
		if (one === undefined) continue;
		yield `${separator()}${JSON.stringify(name)}: `;
		yield* jsonChunks(one, within);
	}
	yield first ? '}' : `\n${indent}}`;
}
