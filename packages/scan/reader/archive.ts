/** Magic numbers of what is not opened, with its name. */
const closed: readonly (readonly [magic: string, name: string])[] = [
	['73717368', 'a SquashFS image of an old version'],
	['d0cf11e0a1b11ae1', 'an OLE document'],
];

/** The same of what is encrypted as a whole. */
const sealed: readonly (readonly [magic: string, name: string])[] = [
	['4c554b53babe', 'a LUKS volume'],
	['03d9a29a', 'a database of KeePass'],
	['53616c7465645f5f', 'encrypted by openssl enc'],
	['6167652d656e6372797074696f6e2e6f', 'encrypted by age'],
	['85010c03', 'encrypted by OpenPGP'],
	['85020c03', 'encrypted by OpenPGP'],
	['8c0d0407', 'encrypted by OpenPGP'],
	['8c0d0409', 'encrypted by OpenPGP'],
];

/** A vault of Ansible, alone or as a value, and values of SOPS. */
const VAULT = /^\s{0,64}\$ANSIBLE_VAULT;\d\.\d;[^\n]{1,64}\n\s{0,64}[0-9a-f]{32}/m;
const SOPS = /^[\w\s."'-]{1,128}[:=]\s{0,8}["']?ENC\[AES256_GCM,data:[^\]\n]{1,4096},iv:/m;

/** Values of Sealed Secrets (bitnami.com/v1alpha1). */
const SEALED_SECRET = /^\s{0,8}["']?kind["']?:\s{0,8}["']?SealedSecret\b[^]{0,32768}encryptedData/m;

/** Why keys may lie in here unseen; null when nothing says so. */
export const archiveReason = (head: Buffer): string | null => {
	const start = head.toString('hex', 0, 8);
	const [, name] = closed.find(([magic]) => start.startsWith(magic)) ?? [];
	// A store of certificates alone, as every Java has, hides nothing.
	if (start.startsWith('feedfeed') && holdsPrivate(head))
		return 'the private keys of a Java key store are not opened: export it as PKCS#12';
	if (start.startsWith('377f0682') || start.startsWith('377f0683'))
		return 'the write-ahead log of a SQLite database is not read as tables: open the database once with sqlite3, which takes it in';
	const [, locked] = sealed.find(([magic]) => head.toString('hex', 0, 16).startsWith(magic)) ?? [];
	if (locked !== undefined) return `it is ${locked}, and not opened: decrypt it first`;
	if (head.includes('$ANSIBLE_VAULT;') && VAULT.test(head.toString('latin1')))
		return 'what Ansible’s vault has encrypted in it is not opened: decrypt it first';
	if (head.includes('ENC[AES256_GCM') && SOPS.test(head.toString('latin1')))
		return 'what SOPS has encrypted in it is not opened: decrypt it first';
	if (head.includes('SealedSecret') && SEALED_SECRET.test(head.toString('latin1')))
		return 'what a SealedSecret of Kubernetes holds is encrypted, and not opened: give the Secret that it was made from';
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
