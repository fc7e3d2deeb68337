import { readReleaseTarget } from '@keyward/core/update/release-target';

/** The delegated role that signs an application's roster; also the target's path without `.json`. */
export const rosterRole = (application: string): string => `rosters/${application}`;

/** Path of an application's roster among the targets. */
export const rosterTarget = (application: string): string => `${rosterRole(application)}.json`;

/** The application of a roster's role; null for any other role. */
export const applicationOf = (role: string): string | null =>
	/^rosters\/([a-z0-9][a-z0-9.-]{0,63})$/.exec(role)?.[1] ?? null;

const NAME = '[a-z0-9][a-z0-9.-]{0,63}';

/** Whose releases a role signs, and as which vendor; null for any other role. */
export const releasesOf = (role: string): { readonly application: string; readonly vendor: string | null } | null => {
	const found = new RegExp(`^releases/(${NAME})(?:/(${NAME}))?$`).exec(role);
	return found === null ? null : { application: found[1] ?? '', vendor: found[2] ?? null };
};

/** Name of a metadata file with consistent snapshots (TUF 1.0.31 §6.2): as tuf-js asks for it. */
export const metadataFile = (role: string, version: number): string => `${version}.${encodeURIComponent(role)}.json`;

/** Name of a target's file: its SHA-256 before the last part of its path (§6.2). */
export const targetFile = (path: string, sha256: string): string => {
	const cut = path.lastIndexOf('/') + 1;
	return `targets/${path.slice(0, cut)}${sha256}.${path.slice(cut)}`;
};

/** Role and version of a metadata file; null for another name. `timestamp.json` alone has no version in its name. */
export const readMetadataName = (file: string): { readonly role: string; readonly version: number } | null => {
	const found = /^([1-9][0-9]{0,14})\.([A-Za-z0-9%._-]{1,200})\.json$/.exec(file);
	if (found === null) return null;
	try {
		return { version: Number(found[1]), role: decodeURIComponent(found[2] ?? '') };
	} catch {
		return null;
	}
};

/** Whose roster or releases a metadata file signs; null for one of all. */
export const metadataApplication = (file: string): string | null => {
	const role = readMetadataName(file)?.role ?? '';
	return applicationOf(role) ?? releasesOf(role)?.application ?? null;
};

/** Whose roster or release a target's file is; null for another file. */
export const targetApplication = (file: string): string | null =>
	/^targets\/rosters\/[0-9a-f]{64}\.([a-z0-9][a-z0-9.-]{0,63})\.json$/.exec(file)?.[1] ??
	readReleaseTarget(readTargetFile(file)?.path ?? '')?.application ??
	null;

/** Path and hash of a target's file, as `targetFile` names it; null for another name. */
export const readTargetFile = (file: string): { readonly path: string; readonly sha256: string } | null => {
	const found = /^targets\/((?:[^/]+\/)*)([0-9a-f]{64})\.([^/]+)$/.exec(file);
	return found === null ? null : { path: `${found[1] ?? ''}${found[3] ?? ''}`, sha256: found[2] ?? '' };
};
