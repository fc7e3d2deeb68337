import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Packs Keyward into a folder and unpacks it there beside what it depends on, as npm would install it; no registry is asked. */
export const installPacked = (folder: string): string => {
	mkdirSync(folder, { recursive: true });
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
	return folder;
};
