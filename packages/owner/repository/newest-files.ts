import { applicationOf, metadataFile, readMetadataName, rosterTarget, targetFile } from './names.ts';
import { parseTargets } from './metadata.ts';
import { type FileMap, newestVersion } from './verify.ts';

/** Of each role the newest, with the contents of rosters: what `rostersIn` and the others show of these files. */
export const newestOfEach = (files: FileMap): FileMap => {
	const roles = new Set(Object.keys(files).flatMap((file) => readMetadataName(file)?.role ?? []));
	return Object.fromEntries(
		[...roles].flatMap((role) => {
			const file = metadataFile(role, newestVersion(files, role));
			const text = files[file] ?? '';
			const application = applicationOf(role);
			if (application === null) return [[file, text]];
			const path = rosterTarget(application);
			const { targets } = parseTargets(text, file).signed;
			const contents = targetFile(path, targets[path]?.hashes['sha256'] ?? '');
			return [
				[file, text],
				[contents, files[contents] ?? ''],
			];
		}),
	);
};

/** A file of these whose role `signed` has in a later version; null without any. */
export const firstOlder = (files: FileMap, signed: FileMap): string | null =>
	Object.keys(files).find((file) => {
		const name = readMetadataName(file);
		return name !== null && newestVersion(signed, name.role) > name.version;
	}) ?? null;
