import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { type Commissioning, parseCommissioning } from '@keyward/core/enrol/commissioning-string';
import { makePrivateFolder, readPrivate, writeDurably } from '@keyward/custody';

/** A folder with a commissioning string for each device of a batch. They are secrets until they are spent. */
export interface Strings {
	/** Where the string of this device lies, or would. */
	fileOf(device: string): string;
	/** What the string of this device says; null when there is none, or none that can be read. */
	look(device: string): Promise<Commissioning | null>;
	/** Throws `Problem('commissioning-string')` when there is none, and `Problem('key-file')` when others may read it. */
	read(device: string): Promise<string>;
	/** Resolves when it is on the disk. */
	write(device: string, commissioning: string): Promise<void>;
}

/** For the operator. Throws `Problem('key-file')` for a folder that others may read. */
export const makeStrings = async (folder: string): Promise<Strings> => {
	await makePrivateFolder(folder);
	return stringsIn(folder);
};

/** For the station. Throws `Problem('file-unreadable')` when there is no such folder. */
export const openStrings = async (folder: string): Promise<Strings> => {
	const found = await stat(folder).catch(() => null);
	if (found?.isDirectory() === true) return stringsIn(folder);
	throw new Problem('file-unreadable', `${folder} is no folder: name the one that keyward batch expect made.`);
};

const stringsIn = (folder: string): Strings => {
	const fileOf = (device: string): string => join(folder, `${device}.commissioning`);
	return {
		fileOf,
		look: async (device) => {
			const text = await readFile(fileOf(device), 'utf8').catch(() => null);
			try {
				return text === null ? null : parseCommissioning(text);
			} catch (error) {
				if (error instanceof Problem) return null;
				throw error;
			}
		},
		read: async (device) => {
			const file = fileOf(device);
			if ((await stat(file).catch(() => null)) !== null) return (await readPrivate(file)).trim();
			throw new Problem('commissioning-string', `There is no ${file}: make it with keyward batch expect.`);
		},
		write: async (device, commissioning) => {
			await writeDurably(fileOf(device), `${commissioning}\n`, 'replace');
		},
	};
};
