/** The least and the most bits of a table. */
const [FEWEST_BITS, MOST_BITS] = [1024, 2 ** 28];
/** So many bits for each row: of random keys at most one in fifty is compared in vain. */
const BITS = 64;

/**
 * Groups of two and more rows whose keys are the same bytes. `write` puts the key of a row at the start of the buffer and
 * gives its length, or −1 to leave the row out; it is asked twice for some rows and must say the same. Takes some 20 bytes a row
 * beyond the groups: keys are hashed first, and only those whose place in a table is taken are compared.
 */
export const alikeRows = (
	rows: number,
	longest: number,
	write: (row: number, key: Uint8Array) => number,
): number[][] => {
	const key = Buffer.alloc(longest);
	const places = new Uint32Array(rows);
	let bits = FEWEST_BITS;
	while (bits < rows * BITS && bits < MOST_BITS) bits *= 2;
	const taken = new Uint32Array(bits / 32);
	const repeated = new Uint32Array(bits / 32);
	let isRepeated = false;
	for (let row = 0; row < rows; row++) {
		const length = write(row, key);
		if (length < 0) continue;
		const place = hash32(key, length) & (bits - 1);
		places[row] = place;
		const bit = 1 << (place & 31);
		const word = place >>> 5;
		if (((taken[word] ?? 0) & bit) === 0) taken[word] = (taken[word] ?? 0) | bit;
		else {
			repeated[word] = (repeated[word] ?? 0) | bit;
			isRepeated = true;
		}
	}
	const groups = new Map<string, number[]>();
	for (let row = 0; row < rows && isRepeated; row++) {
		const place = places[row] ?? 0;
		if (((repeated[place >>> 5] ?? 0) & (1 << (place & 31))) === 0) continue;
		const length = write(row, key);
		if (length < 0) continue;
		const text = key.toString('latin1', 0, length);
		const group = groups.get(text);
		if (group === undefined) groups.set(text, [row]);
		else group.push(row);
	}
	return [...groups.values()].filter(({ length }) => length > 1);
};

/** Mixed so that each bit of it depends on all octets. Anyone who makes keys collide makes this slower, never wrong. */
const hash32 = (key: Uint8Array, length: number): number => {
	let hash = 0x811c9dc5 ^ length;
	for (let index = 0; index < length; index++) hash = Math.imul(hash ^ (key[index] ?? 0), 0x01000193);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
};
