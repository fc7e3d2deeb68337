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

/** The security floor of a class's version, as the owner has it in force; null for a version that is not. */
export const releaseFloors = (
	owner: Pick<Owner, 'repository'>,
	application: string,
): ((className: string, version: string) => number | null) => {
	const signed = owner.repository()?.releases.get(application)?.releases ?? [];
	const floors = new Map(signed.map(({ release }) => [`${release.class}/${release.release}`, release.securityFloor]));
	return (className, version) => floors.get(`${className}/${version}`) ?? null;
};
