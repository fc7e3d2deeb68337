/** Magic numbers of what is not opened, with its name. */
const closed: readonly (readonly [magic: string, name: string])[] = [
	['504b0304', 'a ZIP archive'],
	['fd377a585a00', 'compressed by xz'],
	['28b52ffd', 'compressed by Zstandard'],
	['425a68', 'compressed by bzip2'],
	['377abcaf271c', 'a 7z archive'],
	['04224d18', 'compressed by LZ4'],
	['68737173', 'a SquashFS image'],
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
