import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SiteTools } from './attack.ts';

/** A file that the thief has. */
export interface StolenFile {
	readonly name: string;
	readonly bytes: Buffer;
}

/** What a thief takes of a running site: its database as it lies there, write-ahead log and all, and a backup without the seals. */
export const steal = async ({ site, cli, folder }: SiteTools): Promise<{ backup: string; files: StolenFile[] }> => {
	const database = join(folder, 'database');
	await mkdir(database);
	for (const name of await readdir(site.folder)) {
		if (name.startsWith('keyward.sqlite')) await cp(join(site.folder, name), join(database, name));
	}
	const backup = join(folder, 'backup');
	const made = await cli(['backup', '--to', backup, '--json']);
	if (made.status !== 0) throw new Error(`no backup was made: ${made.stderr}`);
	const files: StolenFile[] = [];
	for (const place of [database, backup]) {
		for (const entry of await readdir(place, { recursive: true, withFileTypes: true })) {
			const path = join(entry.parentPath, entry.name);
			if (entry.isFile()) files.push({ name: path.slice(folder.length + 1), bytes: await readFile(path) });
		}
	}
	if (!files.some(({ name }) => name === 'database/keyward.sqlite')) throw new Error('no database was taken');
	return { backup, files };
};

/** Names of the files that have the text, as it is, in hex or in base64. */
export const holding = (files: readonly StolenFile[], text: string): string[] => {
	const bytes = Buffer.from(text);
	// Two letters off each end: where it begins within three bytes is not known.
	const forms = [bytes, ...[0, 1, 2].map((skip) => Buffer.from(bytes.subarray(skip).toString('base64').slice(0, -4)))];
	const found = files.filter(
		(file) => forms.some((form) => file.bytes.includes(form)) || file.bytes.includes(bytes.toString('hex')),
	);
	return found.map(({ name }) => name);
};
