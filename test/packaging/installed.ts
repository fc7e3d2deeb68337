import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@keyward/testing/folder';

export const root = fileURLToPath(new URL('../../', import.meta.url));

interface Installed {
	readonly folder: string;
	readonly modules: string;
	readonly bin: string;
}

const packAndUnpack = (): Installed => {
	const folder = temporaryFolder('keyward-pack-');
	execFileSync(process.execPath, ['--no-warnings', 'scripts/pack.ts', folder], { cwd: root });
	const [archive = ''] = globSync('*.tgz', { cwd: folder });
	const modules = join(folder, 'node_modules');
	mkdirSync(modules);
	execFileSync('tar', ['-xzf', join(folder, archive), '-C', modules]);
	execFileSync('mv', [join(modules, 'package'), join(modules, 'keyward')]);
	const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
		readFileSync(join(modules, 'keyward/package.json'), 'utf8'),
	) as Record<string, Record<string, string>>;
	for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
		const target = join(modules, name);
		mkdirSync(dirname(target), { recursive: true });
		symlinkSync(join(root, 'node_modules', name), target);
	}
	return { folder, modules, bin: join(modules, 'keyward/bin/keyward.js') };
};

let installed: Installed | null = null;

/** Keyward packed, and unpacked in an empty folder beside what it depends on, as npm would install it: once a process. */
export const install = (): Installed => (installed ??= packAndUnpack());
