import { Problem } from '@keyward/core';
import type { AttestationTrust, Manufacturer } from '@keyward/core/attest';
import { didYouMean } from '@keyward/core/policy';
import type { Clock, ImportedManifest, Store } from '@keyward/core/port';
import { createMutex } from '../thread/mutex.ts';
import { verifyManifest } from './verify-manifest.ts';

/** Manifests of the manufacturers that the site file names. */
export interface Manifests {
	/**
	 * Verifies the whole file, then remembers its parts, all or none. Gives also the parts that were known. Throws
	 * `Problem('endorsement-untrusted')` for a manufacturer without manifest signers in the site file, `Problem('part-conflict')`, and what
	 * `verifyManifest` throws.
	 */
	take(manufacturer: string, file: string): Promise<ImportedManifest & { readonly named: readonly string[] }>;
}

export const createManifests = (
	store: Pick<Store, 'importParts'>,
	{ manufacturers, revoked }: AttestationTrust,
	clock: Clock,
): Manifests => {
	/** One at a time: each keeps a core busy. */
	const inTurn = createMutex();
	return {
		take: (name, path) =>
			inTurn(async () => {
				const manufacturer = signing(manufacturers, name);
				const at = clock.now();
				const { parts, file, signer } = await verifyManifest({ file: path, manufacturer, revoked, now: at });
				const imported = await store.importParts({ file, signer, manufacturer: name, at }, parts);
				return { ...imported, named: parts.map(({ part }) => part) };
			}),
	};
};

const signing = (manufacturers: readonly Manufacturer[], name: string): Manufacturer => {
	const known = manufacturers.filter(({ manifestSigners = [] }) => manifestSigners.length > 0);
	const manufacturer = known.find((one) => one.name === name);
	if (manufacturer !== undefined) return manufacturer;
	const names = known.map((one) => one.name);
	throw new Problem(
		'endorsement-untrusted',
		`The site file names no manifest-signers of ${JSON.stringify(name)}${didYouMean(name, names) || `; it names those of ${names.join(', ') || 'nobody'}.`}`,
	);
};
