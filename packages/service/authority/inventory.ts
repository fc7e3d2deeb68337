import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import {
	type AuthorityStore,
	type CaInventory,
	type Entropy,
	type Generation,
	generationStates,
} from '@keyward/core/port';

/** A CA of the site's own: the two roots, and an issuing CA for each application. */
export type AuthorityName = 'site-root' | 'service-ca' | `issuing.${string}`;

export const issuingName = (application: string): AuthorityName => `issuing.${application}`;

export const splitAuthorityName = (
	name: AuthorityName,
): { what: 'site-root' | 'service-ca' | 'issuing'; application: string | null } =>
	name === 'site-root' || name === 'service-ca'
		? { what: name, application: null }
		: { what: 'issuing', application: name.slice('issuing.'.length) };

/** Every generation of every CA of the site, oldest first. What it says is done is done: it is written last. */
export interface Register {
	/** Eight random hex digits: tells this site's keys from another's in one token. */
	readonly site: string;
	of(name: AuthorityName): readonly Generation[];
	names(): AuthorityName[];
	/**
	 * Replaces the generations of a CA; resolves when that is durable. Throws `Problem('changed-meanwhile')` when another instance
	 * changed them.
	 */
	write(name: AuthorityName, generations: readonly Generation[]): Promise<void>;
}

/** Where versions before the store had them kept them. */
const FILE = 'authorities.json';

/**
 * Opens the register, making it when it is not there: from the file of an older version, which goes then, or else each CA whose
 * certificate is there has one generation, in files. Throws `Problem('site-configuration')` when that file is damaged, or missing
 * where CAs have been rolled over: taking an old generation for the newest would bring a retired CA back.
 */
export const openRegister = async (
	folder: string,
	store: AuthorityStore,
	now: Instant,
	entropy: Entropy,
): Promise<Register> => {
	const path = join(folder, FILE);
	let known = await store.authorities();
	if (known === null) {
		known = (await readOlder(path)) ?? (await firstRegister(folder, now, entropy));
		// Before any key is made in a token under the site's digits.
		await store.beginAuthorities(known);
	}
	// What was read once counts no more: nobody can bring it back by putting the file there.
	await rm(path, { force: true });
	const { site } = known;
	const generations = new Map(known.generations);
	return {
		site,
		of: (name) => generations.get(name) ?? [],
		names: () => [...generations.keys()].filter(isAuthorityName),
		write: async (name, after) => {
			await store.putGenerations(name, generations.get(name) ?? [], after).catch(async (error: unknown) => {
				// Another instance changed it: what it wrote is what counts here, too.
				for (const [ca, now] of (await store.authorities())?.generations ?? []) generations.set(ca, now);
				throw error;
			});
			generations.set(name, after);
		},
	};
};

const firstRegister = async (folder: string, now: Instant, entropy: Entropy): Promise<CaInventory> => {
	const generations = new Map<string, Generation[]>();
	for (const file of await readdir(folder)) {
		if (!file.endsWith('.pem')) continue;
		const name = file.slice(0, -'.pem'.length);
		if (name.includes('_')) {
			throw new Problem(
				'site-configuration',
				`The store knows no CA of this site, and ${join(folder, file)} shows that they have been rolled over: restore both from one backup.`,
			);
		}
		if (isAuthorityName(name))
			generations.set(name, [{ number: 1, custody: 'file', state: 'active', since: now, linked: true }]);
	}
	return { site: Buffer.from(entropy.bytes(4)).toString('hex'), generations };
};

const isAuthorityName = (text: string): text is AuthorityName =>
	text === 'site-root' || text === 'service-ca' || text.startsWith('issuing.');

interface Written {
	readonly version: 1;
	readonly site: string;
	readonly authorities: Readonly<Record<string, readonly Generation[]>>;
}

/** Null when there is none. */
const readOlder = async (path: string): Promise<CaInventory | null> => {
	const text = await readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	return text === null ? null : parse(path, text);
};

const parse = (path: string, text: string): CaInventory => {
	try {
		const { version, site, authorities } = JSON.parse(text) as Written;
		const generations = Object.values(authorities).flat();
		if (
			version === 1 &&
			/^[0-9a-f]{8}$/.test(site) &&
			generations.every(
				({ number, custody, state, since, linked }) =>
					Number.isSafeInteger(number) &&
					Number.isSafeInteger(since) &&
					typeof linked === 'boolean' &&
					(custody === 'file' || custody === 'pkcs11') &&
					generationStates.includes(state),
			)
		)
			return { site, generations: new Map(Object.entries(authorities)) };
	} catch {
		// Said below.
	}
	throw new Problem(
		'site-configuration',
		`${path} is damaged, or of another version: restore the folder from the backup.`,
	);
};
