import { Problem } from '@keyward/core';
import type { CertificateView } from '@keyward/core/format';
import type { Generation } from '@keyward/core/port';
import type { Held, Line } from './generations.ts';
import type { AuthorityKeyStores } from './key-stores.ts';
import type { AuthorityName, Register } from './inventory.ts';

/** A generation of a CA as a person sees it. */
export interface AuthorityRecord extends Generation {
	readonly name: AuthorityName;
	readonly certificate: CertificateView | null;
	/** `absent`: its token is away. An emulated token is shown as such and counts as software. */
	readonly key: 'file' | 'token' | 'emulated-token' | 'absent' | 'destroyed';
}

export const recordsOf = async (
	line: Line,
	register: Register,
	keyStores: AuthorityKeyStores,
): Promise<AuthorityRecord[]> => {
	const held = line.held();
	const records: AuthorityRecord[] = [];
	for (const generation of register.of(line.name)) {
		const found = held.find((one) => one.generation.number === generation.number);
		const key = found === undefined ? 'destroyed' : await whereIs(found, keyStores.token);
		records.push({ name: line.name, ...generation, certificate: found?.certificate ?? null, key });
	}
	return records;
};

const whereIs = async (
	{ generation }: Held,
	token: { token(): Promise<{ readonly emulated: boolean }> } | null,
): Promise<AuthorityRecord['key']> => {
	if (generation.custody === 'file') return 'file';
	if (token === null) return 'absent';
	try {
		return (await token.token()).emulated ? 'emulated-token' : 'token';
	} catch (error) {
		if (error instanceof Problem) return 'absent';
		throw error;
	}
};
