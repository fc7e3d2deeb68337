import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where tests only compute, or wait for what is in their process: they need no process for each file. */
const together: readonly RegExp[] = [
	/^packages\/core\/keycheck\//,
	/^packages\/core\//,
	/^packages\/agent\/(?:clock|command|est|facts|roster|source)\//,
	/^packages\/(?:client|console\/(?:base|plan)|contract|store\/sqlite)\/[^/]+$/,
	/^packages\/(?:custody\/tpm2\/protocol|scan\/locked)\//,
];

/**
 * The files to give to `node --test`, which starts a process for each: those that may share one are imported by a file of their group,
 * written into the folder. A process for each of 170 small files costs more than their tests.
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
	return [...written, ...alone];
};
