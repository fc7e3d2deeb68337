import { createPrivateKey } from 'node:crypto';
import type { Content, Locked } from '../content/content.ts';
import { readDerObject } from '../reader/der-object.ts';
import { openPkcs8, Unsupported } from './password-encryption.ts';
import { openPkcs12 } from './pkcs12.ts';

export interface Passwords {
	/** Tried on everything that is locked, in this order; the empty one is tried before. */
	readonly known: readonly string[];
	/** Asks a person for the password of `what`; null when there is nobody, or they have none. */
	readonly ask: ((what: string) => Promise<string | null>) | null;
	/** Told of a password that a person gave and that opened something: one is asked for once. */
	readonly learned?: (password: string) => void;
}

const names = { pkcs12: 'PKCS#12', pkcs8: 'encrypted private key', pem: 'encrypted private key' } as const;
const MOST_ATTEMPTS = 3;

/** Opens what is locked with the passwords there are, and asks for others. What stays closed is said. */
export const openLocked = async (
	locked: Locked,
	content: Content,
	passwords: Passwords,
	ask: string,
): Promise<void> => {
	const { label, kind } = locked;
	const name = names[kind];
	try {
		for (const password of ['', ...passwords.known]) if (opens(locked, content, password)) return;
		for (let attempt = 0; passwords.ask !== null && attempt < MOST_ATTEMPTS; attempt++) {
			const password = await passwords.ask(ask);
			if (password === null || password === '') break;
			if (!opens(locked, content, password)) continue;
			passwords.learned?.(password);
			return;
		}
		content.problem(`the ${name} stays closed: no password that was given opens it`, label);
	} catch (error) {
		if (!(error instanceof Unsupported)) throw error;
		content.problem(`the ${name} cannot be opened: ${error.message}`, label);
	}
};

/** Throws `Unsupported`. */
const opens = ({ kind, bytes, label }: Locked, content: Content, password: string): boolean => {
	if (kind === 'pkcs12') return openPkcs12(bytes, password, content, `${label}, PKCS#12`);
	const key = kind === 'pkcs8' ? openPkcs8(bytes, password) : openPem(bytes, password);
	if (key === null) return false;
	if (!readDerObject(key, content, label, false))
		content.problem('an encrypted private key is of an unknown kind', label);
	return true;
};

/** The encryption of RFC 1421 headers, by OpenSSL. */
const openPem = (pem: Uint8Array, password: string): Uint8Array | null => {
	try {
		const key = createPrivateKey({ key: Buffer.from(pem), format: 'pem', passphrase: password });
		return new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }));
	} catch {
		return null;
	}
};
