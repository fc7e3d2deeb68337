import { readFile } from 'node:fs/promises';
import { readBootReference } from '@keyward/core/attest';
import { readBillOfMaterials } from '@keyward/core/update';
import { type Change, filesAfter, type ReleasesGlance, releasesShownIn, type SignedRelease } from '@keyward/owner';
import { printMoment } from '../moment.ts';
import { contentsOf, requireContents } from './release-make.ts';

const none: ReleasesGlance = { expires: 0, releases: [], vendors: [] };

/**
 * What a change does to releases, in sentences, for a person before signing. The folder's contents are held against what would be
 * signed. Throws `release-refused`, `bill-malformed`, `boot-reference-malformed`, `release-malformed`.
 */
export const describeReleases = async (folder: string, change: Change): Promise<string[]> => {
	const before = releasesShownIn(change.base);
	const words: string[] = [];
	for (const [application, after] of releasesShownIn(filesAfter(change))) {
		const was = before.get(application) ?? none;
		for (const one of after.releases)
			if (!was.releases.some(({ image }) => image.sha256 === one.image.sha256 && image.path === one.image.path))
				words.push(...(await releaseWords(folder, one, was)));
		for (const { release } of was.releases)
			if (
				!after.releases.some(
					({ image }) => image.path === `releases/${application}/${release.class}/${release.release}/image`,
				)
			)
				words.push(`Release ${release.release} of ${release.class} is WITHDRAWN`);
		for (const vendor of after.vendors) {
			const old = was.vendors.find(({ name }) => name === vendor.name);
			if (
				JSON.stringify([old?.patterns, old?.keys, old?.threshold]) !==
				JSON.stringify([vendor.patterns, vendor.keys, vendor.threshold])
			)
				words.push(
					`${vendor.name} MAY SIGN ${vendor.patterns.join(', ')} with ${vendor.threshold} of the keys ${vendor.keys.join(', ')}`,
				);
			for (const part of vendor.parts) {
				if (old?.parts.some(({ path, sha256 }) => path === part.path && sha256 === part.sha256) === true) continue;
				await requireContents(folder, part);
				words.push(`Part ${part.path} by ${vendor.name}: ${part.length} bytes, SHA-256 ${part.sha256}`);
			}
		}
		for (const { name } of was.vendors)
			if (!after.vendors.some((vendor) => vendor.name === name)) words.push(`${name} may sign NO LONGER`);
		if (words.length > 0 && after.expires !== was.expires)
			words.push(`Releases of ${application} are good until ${printMoment(after.expires)}.`);
	}
	return words;
};

const releaseWords = async (
	folder: string,
	{ release, image, bom, boot }: SignedRelease,
	was: ReleasesGlance,
): Promise<string[]> => {
	for (const file of [image, bom, boot]) if (file !== null) await requireContents(folder, file);
	const floor = Math.max(
		0,
		...was.releases.filter((one) => one.release.class === release.class).map((one) => one.release.securityFloor),
	);
	const words = [
		`RELEASE ${release.release} for ${release.class} of ${release.application}:`,
		`  image of ${image.length} bytes, SHA-256 ${image.sha256}, installed by ${release.installer}`,
		release.securityFloor > floor
			? `  its security floor ${release.securityFloor} is ABOVE ${floor}: a device that confirmed it takes none of the earlier releases again`
			: `  security floor ${release.securityFloor}, as before`,
	];
	if (bom === null) words.push('  NO bill of materials: no advisory will find what is in it');
	else {
		const { components } = readBillOfMaterials(await readFile(contentsOf(folder, bom.sha256), 'utf8'));
		words.push(`  bill of materials with ${components.length} components, SHA-256 ${bom.sha256}`);
	}
	if (boot !== null) {
		const { pcrs, files } = readBootReference(await readFile(contentsOf(folder, boot.sha256), 'utf8'));
		words.push(
			`  its boot shows PCRs ${[...pcrs.keys()].join(', ')}${files === null ? '' : ` and ${files.size} files`}`,
		);
	}
	if (release.chunks !== null)
		words.push(`  in ${release.chunks.hashes.length} pieces of ${release.chunks.size} bytes`);
	if (release.supportUntil !== null) words.push(`  supported until ${release.supportUntil}`);
	return words;
};
