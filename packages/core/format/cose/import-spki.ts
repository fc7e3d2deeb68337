import { createPublicKey, type KeyObject } from 'node:crypto';

const MOST = 256;
const known = new Map<string, KeyObject | null>();

/**
 * The key of a SubjectPublicKeyInfo, or null. Remembers the last few hundred: a stream's key is asked for with every checkpoint,
 * and reading it costs more than a verification.
 */
export const importSpki = (spki: Uint8Array): KeyObject | null => {
	const name = Buffer.from(spki).toString('latin1');
	const found = known.get(name);
	if (found !== undefined) return found;
	const key = read(spki);
	if (known.size >= MOST) known.clear();
	known.set(name, key);
	return key;
};

const read = (spki: Uint8Array): KeyObject | null => {
	try {
		return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
	} catch {
		return null;
	}
};
