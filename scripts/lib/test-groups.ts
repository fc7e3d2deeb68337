import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Files that may share a process, the longest groups first. They compute, or start sites in their process: to load the service costs
 * each process half a second. A file that fills a disk, or that measures a process, is alone.
 */
const together: readonly RegExp[] = [
	/^test\/packaging\/(?:container|pack)\./,
	/^packages\/service\/mqtt\/(?!slow-reader|conformance\/conformance)/,
	/^packages\/service\/(?:at-rest|backup|incident|manifests|owner|rollout|update)\//,
	/^packages\/cli\/verbs\//,
	/^packages\/service\/(?:agility|api|authority|delivery|log|page|policy|site)\//,
	/^packages\/service\/(?:(?:evidence|http|ledger|people|revocation|session|thread|time|tls|witness)\/|ingest\/(?!crash|full-disk|disk-share))/,
	/^packages\/service\/(?:enrolment|monitor)\//,
	/^packages\/agent\/(?:batch|enrolment|hardware|link|outbox|seal|update\/(?!installers))/,
	/^packages\/cli\/(?!batch|clocks|device-|owner|site|source-path)[^/]+$/,
	/^packages\/scan\//,
	/^test\/house\//,
	/^packages\/(?:custody|owner)\//,
	/^packages\/core\/keycheck\//,
	/^packages\/core\//,
	/^packages\/agent\/(?:clock|command|est|facts|roster|source)\//,
	/^packages\/cli\/(?:terminal|keycheck)\//,
	/^examples\/clients\//,
	/^(?:examples\/(?:keycheck|reach)|scripts\/lib)\//,
	/^packages\/(?:client|console\/(?:base|plan)|contract|store(?:\/sqlite)?)\/(?!crash|place)[^/]+$/,
];

/** Long files that would run alone at the end of the alphabet. */
const early =
	/^(?:test\/packaging\/|packages\/console\/browser|packages\/service\/mqtt\/conformance\/|scripts\/keycheck-corpus\/)/;

/**
 * The files to give to `node --test`, which starts a process for each: those that may share one are imported by a file of their group,
 * written into the folder. A process for each of 400 files costs more than most of their tests.
 */
export const groupTests = (files: readonly string[], root: string, folder: string): string[] => {
	const groups = together.map((): string[] => []);
	const alone: string[] = [];
	for (const file of files) (groups[together.findIndex((pattern) => pattern.test(file))] ?? alone).push(file);
	const written = groups.map((group, index) => {
		const path = join(folder, `group-${index + 1}.test.mjs`);
		const urls = [
			new URL('test-group-end.mjs', import.meta.url),
			...group.map((file) => pathToFileURL(join(root, file))),
		];
		writeFileSync(path, urls.map(({ href }) => `import ${JSON.stringify(href)};\n`).join(''));
		return path;
	});
	return [...written, ...alone.filter((file) => early.test(file)), ...alone.filter((file) => !early.test(file))];
};
