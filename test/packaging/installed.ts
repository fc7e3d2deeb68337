import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@keyward/testing/folder';
import { installPacked } from '../../scripts/lib/install-packed.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));

interface Installed {
	readonly folder: string;
	readonly modules: string;
	readonly bin: string;
}

const packAndUnpack = (): Installed => {
	const folder = installPacked(temporaryFolder('keyward-pack-'));
	const modules = join(folder, 'node_modules');
	return { folder, modules, bin: join(modules, 'keyward/bin/keyward.js') };
};

let installed: Installed | null = null;

/** Keyward packed, and unpacked in an empty folder beside what it depends on, as npm would install it: once a process. */
export const install = (): Installed => (installed ??= packAndUnpack());
