import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import type { Entropy } from '@keyward/core/port';
import { writeDurably } from '@keyward/custody';

/** A CA of the site's own: the two roots, and an issuing CA for each application. */
export type AuthorityName = 'site-root' | 'service-ca' | `issuing.${string}`;

export const issuingName = (application: string): AuthorityName => `issuing.${application}`;

/** Where the keys of a generation are. */
export type AuthorityCustodyName = 'file' | 'pkcs11';

/**
 * How far a generation of a CA is. `making`: key, certificate and links may be there or not. `announced`: its certificate is told
 * to whoever asks; it signs nothing. `active`: it signs. `outgoing`: an anchor for what it signed. `retiring`: no anchor any more,
 * its key is being destroyed. `retired`: only its certificate is left, for the record.
 */
export type GenerationState = 'making' | 'announced' | 'active' | 'outgoing' | 'retiring' | 'retired';

/** One key of a CA, and its certificate. */
export interface Generation {
	/** 1, 2, 3 … within its CA. */
	readonly number: number;
	readonly custody: AuthorityCustodyName;
	readonly state: GenerationState;
	/** When it came to be in this state. */
	readonly since: Instant;
	/** False when it was made while its predecessor's key was lost, so that no certificate by that key leads to it. */
	readonly linked: boolean;
}

/** Every generation of every CA of the site, oldest first. What it says is done is done: it is written last. */
export interface Register {
	/** Eight random hex digits: tells this site's keys from another's in one token. */
	readonly site: string;
	of(name: AuthorityName): readonly Generation[];
	names(): AuthorityName[];
	/** Replaces the generations of a CA; resolves when that is durable. */
	write(name: AuthorityName, generations: readonly Generation[]): Promise<void>;
}

/** Base name of the generation's certificate and key; "_" stands in no application's name. */
export const generationName = (name: AuthorityName, number: number): string =>
	number === 1 ? name : `${name}_${number}`;

interface Written {
	readonly version: 1;
	readonly site: string;
	readonly authorities: Readonly<Record<string, readonly Generation[]>>;
}

const FILE = 'authorities.json';

/**
 * Opens the register, making it when it is not there; then each CA whose certificate is there has one generation, in files.
 * Throws `Problem('site-configuration')` when it is damaged, or missing where CAs have been rolled over: taking an old generation
 * for the newest would bring a retired CA back.
 */
export const openRegister = async (folder: string, now: Instant, entropy: Entropy): Promise<Register> => {
	const path = join(folder, FILE);
	const text = await readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	let written = text === null ? await firstRegister(folder, now, entropy) : parse(path, text);
	const save = (): Promise<boolean> => writeDurably(path, `${JSON.stringify(written, null, '\t')}\n`, 'replace', 0o644);
	// Before any key is made in a token under the site's digits.
	if (text === null) await save();
	return {
		site: written.site,
		of: (name) => written.authorities[name] ?? [],
		names: () => Object.keys(written.authorities).filter(isAuthorityName),
		write: async (name, generations) => {
			written = { ...written, authorities: { ...written.authorities, [name]: generations } };
			await save();
		},
	};
};

const firstRegister = async (folder: string, now: Instant, entropy: Entropy): Promise<Written> => {
	const authorities: Record<string, Generation[]> = {};
	for (const file of await readdir(folder)) {
		if (!file.endsWith('.pem')) continue;
		const name = file.slice(0, -'.pem'.length);
		if (name.includes('_')) {
			throw new Problem(
				'site-configuration',
				`${join(folder, FILE)} is missing, and ${file} shows that CAs have been rolled over: restore the folder from the backup.`,
			);
		}
		if (isAuthorityName(name))
			authorities[name] = [{ number: 1, custody: 'file', state: 'active', since: now, linked: true }];
	}
	return { version: 1, site: Buffer.from(entropy.bytes(4)).toString('hex'), authorities };
};

const isAuthorityName = (text: string): text is AuthorityName =>
	text === 'site-root' || text === 'service-ca' || text.startsWith('issuing.');

const states: readonly GenerationState[] = ['making', 'announced', 'active', 'outgoing', 'retiring', 'retired'];

const parse = (path: string, text: string): Written => {
	try {
		const value = JSON.parse(text) as Written;
		const generations = Object.values(value.authorities).flat();
		if (
			value.version === 1 &&
			/^[0-9a-f]{8}$/.test(value.site) &&
			generations.every(
				({ number, custody, state, since }) =>
					Number.isSafeInteger(number) &&
					Number.isSafeInteger(since) &&
					(custody === 'file' || custody === 'pkcs11') &&
					states.includes(state),
			)
		)
			return value;
	} catch {
		// Said below.
	}
	throw new Problem(
		'site-configuration',
		`${path} is damaged, or of another version: restore the folder from the backup.`,
	);
};
