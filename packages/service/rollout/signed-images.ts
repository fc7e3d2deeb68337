import type { Owner } from '../owner/owner.ts';

/** An image that the owner signed, and the class that it is for. */
export interface SignedImage {
	readonly class: string;
	/** Among the owner's targets. */
	readonly path: string;
	readonly length: number;
}

/** What the owner signed of a version, by class. */
export const signedImages = (
	owner: Pick<Owner, 'repository'>,
	application: string,
	version: string,
): readonly SignedImage[] =>
	(owner.repository()?.releases.get(application)?.releases ?? [])
		.filter(({ release }) => release.release === version)
		.map(({ release, image }) => ({ class: release.class, path: image.path, length: image.length }));
