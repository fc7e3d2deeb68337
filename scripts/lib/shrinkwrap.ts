import { shippedPackages } from './shipped.ts';

/** What the lock says of a package only for the workshop's own tree, or that no install needs. */
const LEFT_OUT = new Set(['resolved', 'dev', 'devOptional', 'optional', 'peer', 'link', 'extraneous', 'funding']);

/**
 * `npm-shrinkwrap.json` of the package with this `package.json`: npm installs the versions, the places and the bytes (SHA-512) of
 * package-lock.json with it, so that what is installed is what was tested and what keyward.cdx.json names. Without it npm takes the newest
 * version that every range allows on the day.
 */
export const shrinkwrapOf = (root: string, manifest: Readonly<Record<string, unknown>>): string => {
	const { name, version } = manifest;
	const packages: Record<string, object> = { '': manifest };
	for (const { place, locked, optional } of shippedPackages(root)) {
		if (!place.startsWith('node_modules/')) throw new Error(`${place} has no place in the packed program`);
		const kept = Object.entries(locked).filter(([field]) => !LEFT_OUT.has(field));
		packages[place] = { ...Object.fromEntries(kept), ...(optional && { optional }) };
	}
	return `${JSON.stringify({ name, version, lockfileVersion: 3, requires: true, packages }, null, '\t')}\n`;
};
