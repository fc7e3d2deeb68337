import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Files that may share a process, those that take longest first. They compute, start programs, or start sites in their process: to load
 * the service costs each process half a second. A file that fills a disk, or that measures its own process, is alone.
 */
const processes: readonly (RegExp | { readonly alone: RegExp })[] = [
	/^packages\/agent\/(?:batch|enrolment|hardware|link|outbox|seal|update\/(?!installers))/,
	/^packages\/cli\/(?!batch|clocks|device-|owner|site|source-path)[^/]+$/,
	/^packages\/service\/(?:at-rest|backup|incident|manifests|owner|rollout|update)\//,
	/^packages\/cli\/(?:batch|owner|site)\./,
	/^packages\/service\/(?:agility|api|authority|delivery|log|page|policy|site)\//,
	/^packages\/service\/(?:enrolment|monitor)\//,
	/^packages\/service\/mqtt\/(?!slow-reader|conformance\/conformance)/,
	/^packages\/cli\/device-(?:attested|token|tpm)\./,
	/^packages\/agent\/(?:run|update\/installers)\./,
	/^packages\/service\/(?:(?:evidence|http|ledger|people|revocation|session|thread|time|tls|witness)\/|ingest\/(?!crash|full-disk|disk-share))/,
	/^packages\/cli\/verbs\//,
	/^packages\/cli\/device-/,
	/^packages\/cli\/(?:clocks|source-path)\./,
	{ alone: /^test\/packaging\/readme\./ },
	{ alone: /^attacks\/attacks\./ },
	{ alone: /^packages\/console\/browser\./ },
	/^packages\/cli\/(?:terminal|keycheck)\//,
	/^packages\/(?:custody|owner)\//,
	/^packages\/scan\//,
	{ alone: /^scripts\/keycheck-corpus\// },
	{ alone: /^packages\/service\/mqtt\/(?:conformance|slow-reader)/ },
	{ alone: /^packages\/store\/crash\./ },
	/^test\/packaging\/(?:container|pack)\./,
	/^examples\/clients\//,
	/^packages\/core\/keycheck\//,
	/^packages\/core\//,
	/^test\/house\//,
	/^packages\/agent\/(?:clock|command|est|facts|roster|source)\//,
	/^packages\/(?:client|console\/(?:base|plan)|contract|store(?:\/sqlite)?)\/(?!crash)[^/]+$/,
	/^(?:attacks\/harness|examples\/(?:keycheck|reach)|packages\/(?:cli\/bin|client\/console|console)|scripts|test\/packaging)\//,
];

/**
 * The files to give to `node --test`, which starts a process for each: those that may share one are imported by a file of their group,
 * written into the folder. A process for each of 400 files costs more than most of their tests. `node --test` sorts what it is given, so
 * that the names begin with a number.
 */
export const groupTests = (files: readonly string[], root: string, folder: string): string[] => {
	const groups = new Map<number, Map<string, string[]>>();
	for (const file of files) {
		const found = processes.findIndex((one) => ('alone' in one ? one.alone : one).test(file));
		const place = found === -1 ? processes.length : found;
		const one = processes[place];
		const name = one === undefined || 'alone' in one ? file : '';
		const named = groups.get(place) ?? new Map<string, string[]>();
		groups.set(place, named.set(name, [...(named.get(name) ?? []), file]));
	}
	const ordered = [...groups].toSorted(([one], [two]) => one - two).flatMap(([, named]) => [...named.values()]);
	return ordered.map((group, index) => {
		const path = join(folder, `${String(index + 1).padStart(2, '0')}.test.mjs`);
		const urls = [
			new URL('test-limit.mjs', import.meta.url),
			new URL('test-group-end.mjs', import.meta.url),
			...group.map((file) => pathToFileURL(join(root, file))),
		];
		writeFileSync(path, urls.map(({ href }) => `import ${JSON.stringify(href)};\n`).join(''));
		return path;
	});
};
