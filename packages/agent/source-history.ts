import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '@keyward/core';
import { writeDurably } from '@keyward/custody';

/** Where a device's readings come from and by which rules: for anyone who checks a reading later. No secrets. */
export interface SourceDescription {
	readonly source: string;
	/** What was said on the command line, by option. */
	readonly options: Readonly<Record<string, string | readonly string[] | boolean>>;
	/** Rules of calibration in words, by stream. */
	readonly calibration: Readonly<Record<string, string>>;
}

const mostKept = 1000;

/** The file in a device's folder: one JSON object a line, the oldest first. */
export const sourceHistoryOf = (folder: string): string => join(folder, 'source-history.jsonl');

/**
 * Notes from when on readings come from this source by these rules, unless that is how it is already. Resolves to whether it
 * changed, when it is on the disk.
 */
export const noteSource = async (folder: string, described: SourceDescription, since: Instant): Promise<boolean> => {
	const file = sourceHistoryOf(folder);
	const text = await readFile(file, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
		throw error;
	});
	const lines = text.split('\n').filter((line) => line !== '');
	const now = JSON.stringify(described);
	// Each line begins with its time: what follows is compared.
	if (lines.at(-1)?.endsWith(`,${now.slice(1)}`) === true) return false;
	const line = `{"since":${JSON.stringify(new Date(since).toISOString())},${now.slice(1)}`;
	await writeDurably(file, `${[...lines.slice(1 - mostKept), line].join('\n')}\n`, 'replace');
	return true;
};
