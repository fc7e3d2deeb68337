import { Problem } from '@keyward/core';
import type { AttestationTrust, Maker } from '@keyward/core/attest';
import { didYouMean } from '@keyward/core/policy';
import type { Clock, ImportedManifest, Store } from '@keyward/core/port';
import { createMutex } from '../thread/mutex.ts';
import { verifyManifest } from './verify-manifest.ts';

/** Manifests of the makers that the site file names. */
export interface Manifests {
	/**
	 * Verifies the whole file, then remembers its parts, all or none. Gives also the parts that were known. Throws
	 * `Problem('endorsement-untrusted')` for a maker without manifest signers in the site file, `Problem('part-conflict')`, and what
	 * `verifyManifest` throws.
	 */
	take(maker: string, file: string): Promise<ImportedManifest & { readonly named: readonly string[] }>;
}

export const createManifests = (
	store: Pick<Store, 'importParts'>,
	{ makers, revoked }: AttestationTrust,
	clock: Clock,
): Manifests => {
	/** One at a time: each keeps a core busy. */
	const inTurn = createMutex();
	return {
		take: (name, path) =>
			inTurn(async () => {
				const maker = signing(makers, name);
				const at = clock.now();
				const { parts, file, signer } = await verifyManifest({ file: path, maker, revoked, now: at });
				const imported = await store.importParts({ file, signer, maker: name, at }, parts);
				return { ...imported, named: parts.map(({ part }) => part) };
			}),
	};
};

const signing = (makers: readonly Maker[], name: string): Maker => {
	const known = makers.filter(({ manifestSigners = [] }) => manifestSigners.length > 0);
	const maker = known.find((one) => one.name === name);
	if (maker !== undefined) return maker;
	const names = known.map((one) => one.name);
	throw new Problem(
		'endorsement-untrusted',
		`The site file names no manifest-signers of ${JSON.stringify(name)}${didYouMean(name, names) || `; it names those of ${names.join(', ') || 'nobody'}.`}`,
	);
};
