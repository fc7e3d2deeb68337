/** Magic numbers of what is not opened, with its name. */
const closed: readonly (readonly [magic: string, name: string])[] = [
	['73717368', 'a SquashFS image of an old version'],
	['d0cf11e0a1b11ae1', 'an OLE document'],
];

/** Why keys may lie in here unseen; null when nothing says so. */
export const archiveReason = (head: Buffer): string | null => {
	const start = head.toString('hex', 0, 8);
	const [, name] = closed.find(([magic]) => start.startsWith(magic)) ?? [];
	// A store of certificates alone, as every Java has, hides nothing.
	if (start.startsWith('feedfeed') && holdsPrivate(head))
		return 'the private keys of a Java key store are not opened: export it as PKCS#12';
	if (start.startsWith('377f0682') || start.startsWith('377f0683'))
		return 'the write-ahead log of a SQLite database is not read as tables: open the database once with sqlite3, which takes it in';
	return name === undefined ? null : `it is ${name}, which is not opened: unpack it first`;
};

/** Whether the first entry of a Java key store, or any in this part of it, is a private key: its tag stands before its alias. */
const holdsPrivate = (head: Buffer): boolean => {
	const tag = Buffer.from([0, 0, 0, 1, 0]);
	if (head.length < 16 || head.readUInt32BE(12) === 1) return true;
	for (let at = head.indexOf(tag, 12); at !== -1; at = head.indexOf(tag, at + 1)) {
		const length = head.readUInt16BE(Math.min(head.length - 2, at + 4));
		const alias = head.toString('latin1', at + 6, at + 6 + length);
		// A date of this age follows: its first two octets are zeros.
		if (
			length > 0 &&
			length < 128 &&
			/^[\x20-\x7e]+$/.test(alias) &&
			head.readUInt16BE(Math.min(head.length - 2, at + 6 + length)) === 0
		)
			return true;
	}
	return false;
};
