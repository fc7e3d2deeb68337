import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Problem } from '@keyward/core';
import { parseNumber } from './number.ts';

/** Names of what a folder of sysfs holds; empty when there is no such folder. */
export const listFolder = async (folder: string): Promise<string[]> => {
	try {
		return (await readdir(folder)).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
	} catch {
		return [];
	}
};

/** An attribute's text, or null when it has none: it is not there, or the kernel gives none now. */
export const readText = async (path: string): Promise<string | null> => {
	try {
		const text = (await readFile(path, 'utf8')).trim();
		return text === '' ? null : text;
	} catch {
		return null;
	}
};

/**
 * An attribute's number. Throws `Problem('source-unavailable')` when the kernel gives none (EIO: the chip does not
 * answer, ENODATA: it is switched off, ENOENT: it is gone), and `Problem('source-malformed')` when it is no number.
 */
export const readNumber = async (path: string): Promise<number> => {
	let text: string;
	try {
		text = await readFile(path, 'utf8');
	} catch (cause) {
		const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
		throw new Problem('source-unavailable', `${path} gives ${code}${reasons[code] ?? ''}`, { cause });
	}
	return parseNumber(text.trim());
};

/** Refuses to read while one of the flags is raised, or cannot be read itself. Throws `Problem('source-unavailable')`. */
export const refuseFaults = async (
	folder: string,
	files: readonly string[],
	flags: readonly string[],
): Promise<void> => {
	for (const flag of flags) {
		if (files.includes(flag) && (await readNumber(join(folder, flag))) !== 0) {
			throw new Problem('source-unavailable', `${join(folder, flag)}: the chip reports a fault of the sensor`);
		}
	}
};

const reasons: Readonly<Record<string, string>> = {
	EIO: ': the sensor does not answer',
	ENODATA: ': the sensor has no value now',
	ENOENT: ': the sensor is gone',
	ENODEV: ': the sensor is gone',
	ENXIO: ': the sensor is gone',
	EACCES: ': no permission',
};

/** Where a path leads when its links are followed; null when it leads nowhere. */
export const realFolder = async (path: string): Promise<string | null> => {
	try {
		return await realpath(path);
	} catch {
		return null;
	}
};

/** The last part of where a link leads, such as `0-0048`; null when there is no such link. */
export const linkName = async (path: string): Promise<string | null> => {
	const folder = await realFolder(path);
	return folder === null ? null : basename(folder);
};

/** The folders in one whose names begin so, with their paths. */
export const foldersOf = async (root: string, prefix: string): Promise<{ name: string; path: string }[]> =>
	(await listFolder(root)).filter((name) => name.startsWith(prefix)).map((name) => ({ name, path: join(root, name) }));
