import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Problem } from '@keyward/core';
import { readTrust } from './attestation-trust.ts';
import { readSite } from './read-site.ts';
import type { SiteFile } from './site-file.ts';

/** The site file's name in a data folder. */
export const SITE_FILE = 'site.yaml';

/**
 * Reads the site file and its manufacturers' files. Null when `required` is false and there is no such file. Throws
 * `Problem('site-configuration')` with everything that is wrong with it, a line each.
 */
export const openSite = async (file: string, required: boolean): Promise<SiteFile | null> => {
	const text = await readFile(file, 'utf8').catch((error: unknown) => {
		const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
		if (code === 'ENOENT' && !required) return null;
		throw new Problem(
			'site-configuration',
			`${file} cannot be read (${code}): mend the path, or write one with keyward init.`,
			{ cause: error },
		);
	});
	if (text === null) return null;
	if (text.trim() === '')
		throw new Problem('site-configuration', `${file} is empty: remove it, and make it again with keyward init.`);
	const read = readSite(text, dirname(resolve(file)));
	if ('findings' in read) {
		const said = read.findings.map(({ line, column, message }) => `${file}:${line}:${column} ${message}`);
		throw new Problem('site-configuration', said.join('\n'));
	}
	await readTrust(read.site);
	return read.site;
};
