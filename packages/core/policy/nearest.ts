/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: optimal string alignment distance. */
const distance = (a: string, b: string): number => {
	let before: number[] = [];
	let above = Array.from({ length: b.length + 1 }, (_, column) => column);
	for (let row = 1; row <= a.length; row++) {
		const line = [row];
		for (let column = 1; column <= b.length; column++) {
			const same = a[row - 1] === b[column - 1];
			let least = Math.min(
				(above[column] ?? 0) + 1,
				(line[column - 1] ?? 0) + 1,
				(above[column - 1] ?? 0) + (same ? 0 : 1),
			);
			if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
				least = Math.min(least, (before[column - 2] ?? 0) + 1);
			}
			line.push(least);
		}
		before = above;
		above = line;
	}
	return above[b.length] ?? 0;
};

/** The one of `known` that `text` was most likely meant to be; null when none is near. */
export const nearest = (text: string, known: Iterable<string>): string | null => {
	if (text.length > 64) return null;
	let best: string | null = null;
	let least = (text.length < 4 ? 1 : Math.max(2, Math.floor(text.length / 3))) + 1;
	for (const name of known) {
		const edits = distance(text.toLowerCase(), name.toLowerCase());
		if (edits < least) [best, least] = [name, edits];
	}
	return best;
};

/** `; did you mean "x"?`, or nothing. */
export const didYouMean = (text: string, known: Iterable<string>): string => {
	const name = nearest(text, known);
	return name === null ? '' : `; did you mean ${JSON.stringify(name)}?`;
};
