/** Magic numbers of what is not opened, with its name. */
const closed: readonly (readonly [magic: string, name: string])[] = [
	['377abcaf271c', 'a 7z archive'],
	['73717368', 'a SquashFS image of an old version'],
	['d0cf11e0a1b11ae1', 'an OLE document'],
];

const SQLITE = Buffer.from('SQLite format 3\0');

/** Why keys may lie in here unseen; null when nothing says so. */
export const archiveReason = (head: Buffer): string | null => {
	const start = head.toString('hex', 0, 8);
	const [, name] = closed.find(([magic]) => start.startsWith(magic)) ?? [];
	if (start.startsWith('feedfeed')) return 'the private keys of a Java key store are not opened: export it as PKCS#12';
	if (head.subarray(0, SQLITE.length).equals(SQLITE))
		return 'the tables of a SQLite database are not read: write them out with `sqlite3 FILE .dump`';
	return name === undefined ? null : `it is ${name}, which is not opened: unpack it first`;
};
