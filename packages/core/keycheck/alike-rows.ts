/**
 * Groups of two and more rows whose keys are the same bytes. `write` puts the key of a row at the start of the buffer and
 * gives its length, or −1 to leave the row out. Takes some 20 bytes a row beyond the groups: keys are hashed to 53 bits first,
 * and only those that meet another are compared.
 */
export const alikeRows = (
	rows: number,
	longest: number,
	write: (row: number, key: Uint8Array) => number,
): number[][] => {
	const key = Buffer.alloc(longest);
	const hashes = new Float64Array(rows);
	for (let row = 0; row < rows; row++) {
		const length = write(row, key);
		hashes[row] = length < 0 ? Number.NaN : hash53(key, length);
	}
	const sorted = hashes.toSorted();
	const repeated = new Set<number>();
	for (let index = 1; index < rows; index++) {
		// NaN equals nothing, itself included.
		const one = sorted[index];
		if (one !== undefined && one === sorted[index - 1]) repeated.add(one);
	}
	const groups = new Map<string, number[]>();
	for (let row = 0; row < rows && repeated.size > 0; row++) {
		if (!repeated.has(hashes[row] ?? Number.NaN)) continue;
		const text = key.toString('latin1', 0, write(row, key));
		const group = groups.get(text);
		if (group === undefined) groups.set(text, [row]);
		else group.push(row);
	}
	return [...groups.values()].filter(({ length }) => length > 1);
};

/** Two multiplicative hashes side by side. Anyone who makes keys collide makes this slower, never wrong. */
const hash53 = (key: Uint8Array, length: number): number => {
	let one = 0x811c9dc5 ^ length;
	let two = 0x9e3779b9;
	for (let index = 0; index < length; index++) {
		const octet = key[index] ?? 0;
		one = Math.imul(one ^ octet, 0x01000193);
		two = Math.imul(two ^ octet, 0x85ebca6b);
		two ^= two >>> 15;
	}
	return (one >>> 0) * 2 ** 21 + (two >>> 11);
};
