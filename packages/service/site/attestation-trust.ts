import type { AttestationTrust } from '@keyward/core/attest';
import { readAnchors } from './anchors.ts';
import type { SiteFile } from './site-file.ts';

/** Whom the site file believes about parts, with the anchors read. Throws `Problem('site-configuration')`. */
export const readTrust = async ({ makers, emulators }: SiteFile): Promise<AttestationTrust> => {
	const all = [
		...makers.map((maker) => ({ maker, emulated: false })),
		...emulators.map((maker) => ({ maker, emulated: true })),
	];
	return {
		makers: await Promise.all(
			all.map(async ({ maker, emulated }) => ({ name: maker.name, anchors: await readAnchors(maker), emulated })),
		),
		revoked: new Set(all.flatMap(({ maker }) => maker.revoked)),
		deniedFirmware: all.flatMap(({ maker }) =>
			maker.deniedFirmware.map((version) => ({ maker: maker.name, version: BigInt(`0x${version}`) })),
		),
	};
};
