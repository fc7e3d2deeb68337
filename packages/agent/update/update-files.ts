import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
	floorInForce,
	NO_FLOOR,
	NOTHING_INSTALLED,
	readFloor,
	readUpdateState,
	type SecurityFloor,
	type UpdateState,
	writeFloor,
	writeUpdateState,
} from '@keyward/core/update';
import { syncFolder, writeDurably } from '@keyward/custody';
import { updateFolder } from './settings.ts';

/** What a device keeps of its updates, in its own folder `update`: each file is whole or as it was before. */
export interface UpdateFiles {
	/** Throws `Problem('update-state-malformed')`. */
	state(): Promise<UpdateState>;
	save(state: UpdateState): Promise<void>;
	/** What the folder says of the floor. Throws `Problem('update-state-malformed')`. */
	floor(): Promise<SecurityFloor>;
	saveFloor(floor: SecurityFloor): Promise<void>;
	/** Of an image by its hash: whole, and not whole yet. */
	imageOf(sha256: string): string;
	partOf(sha256: string): string;
	/** The part is whole now. */
	keepImage(sha256: string): Promise<void>;
	/** Removes every image and part but these. */
	keepOnly(hashes: readonly string[]): Promise<void>;
}

const IMAGES = 'images';

export const updateFiles = async (deviceFolder: string): Promise<UpdateFiles> => {
	const folder = updateFolder(deviceFolder);
	const images = join(folder, IMAGES);
	await mkdir(images, { recursive: true, mode: 0o700 });
	const stateFile = join(folder, 'state.json');
	const floorFile = join(folder, 'security-floor.json');
	const state = async (): Promise<UpdateState> => {
		const text = await textOf(stateFile);
		return text === null ? NOTHING_INSTALLED : readUpdateState(text);
	};
	const imageOf = (sha256: string): string => join(images, `${sha256}.image`);
	const partOf = (sha256: string): string => join(images, `${sha256}.part`);
	return {
		...{ state, imageOf, partOf },
		save: async (next) => void (await writeDurably(stateFile, writeUpdateState(next), 'replace')),
		floor: async () => {
			const text = await textOf(floorFile);
			const { running } = await state();
			// A file that is gone says nothing, and least of all 0.
			return floorInForce(text === null ? NO_FLOOR : readFloor(text), running?.securityFloor ?? null);
		},
		saveFloor: async (floor) => void (await writeDurably(floorFile, writeFloor(floor), 'replace')),
		keepImage: async (sha256) => {
			await rename(partOf(sha256), imageOf(sha256));
			await syncFolder(images);
		},
		keepOnly: async (hashes) => {
			for (const name of await readdir(images))
				if (!hashes.includes(name.slice(0, 64))) await rm(join(images, name), { force: true });
		},
	};
};

const textOf = (file: string): Promise<string | null> =>
	readFile(file, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
