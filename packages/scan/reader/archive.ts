/** Magic numbers of what is not opened, with its name. */
const closed: readonly (readonly [magic: string, name: string])[] = [
	['73717368', 'a SquashFS image of an old version'],
	['d0cf11e0a1b11ae1', 'an OLE document'],
];

/** Why keys may lie in here unseen; null when nothing says so. */
export const archiveReason = (head: Buffer): string | null => {
	const start = head.toString('hex', 0, 8);
	const [, name] = closed.find(([magic]) => start.startsWith(magic)) ?? [];
	if (start.startsWith('feedfeed')) return 'the private keys of a Java key store are not opened: export it as PKCS#12';
	if (start.startsWith('377f0682') || start.startsWith('377f0683'))
		return 'the write-ahead log of a SQLite database is not read as tables: open the database once with sqlite3, which takes it in';
	return name === undefined ? null : `it is ${name}, which is not opened: unpack it first`;
};
