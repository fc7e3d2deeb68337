import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, posix } from 'node:path';

/** The packages that a user's machine needs; what only tests share stays here. */
export const product = [
	'core',
	'contract',
	'custody',
	'store',
	'owner',
	'scan',
	'client',
	'service',
	'agent',
	'cli',
] as const;

export interface Manifest {
	readonly name: string;
	readonly version: string;
	readonly exports?: Readonly<Record<string, string>>;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Where a specifier of ours leads, as a path from `lib/`: `@keyward/core/policy` is `core/policy/index.ts`. */
const ours = (specifier: string, manifests: ReadonlyMap<string, Manifest>): string => {
	const [, name = '', rest = ''] = /^@keyward\/([^/]+)(\/.*)?$/.exec(specifier) ?? [];
	const exported = manifests.get(name)?.exports?.[`.${rest}`];
	if (exported === undefined) throw new Error(`${specifier} is exported by no package`);
	return posix.join(name, exported);
};

/**
 * A source as Node runs it from `node_modules`, where it strips no types: JavaScript, with our packages by their place.
 * `file` is its path from `lib/`. Lines stay where they are.
 */
export const toJavaScript = (file: string, source: string, manifests: ReadonlyMap<string, Manifest>): string => {
	const text = file.endsWith('.ts') ? stripTypeScriptTypes(source) : source;
	const here = posix.dirname(file);
	const place = (specifier: string): string => {
		const path = posix.relative(here, ours(specifier, manifests));
		return path.startsWith('.') ? path : `./${path}`;
	};
	return (
		text
			.replace(
				/(['"])(@keyward\/[^'"\n]+)\1/g,
				(_all, quote: string, specifier: string) => `${quote}${place(specifier)}${quote}`,
			)
			// Of modules: imports, and the files that workers and child processes start with.
			.replace(/((?:from|import)\s*\(?\s*|new URL\(\s*)(['"])([^'"\n]+)\.ts\2/g, '$1$2$3.js$2')
			.replace(/(['"])([a-z-]+-worker)\.ts\1/g, '$1$2.js$1')
	);
};

/** Writes the packed form of these files below `into`; gives how many modules. */
export const writePacked = (
	root: string,
	into: string,
	files: readonly string[],
	manifests: ReadonlyMap<string, Manifest>,
): number => {
	let modules = 0;
	for (const file of files) {
		const path = file.slice('packages/'.length);
		const target = join(into, 'lib', path.replace(/\.ts$/, '.js'));
		mkdirSync(dirname(target), { recursive: true });
		if (/\.(ts|js|mjs)$/.test(file)) {
			writeFileSync(target, toJavaScript(path, readFileSync(join(root, file), 'utf8'), manifests));
			modules++;
		} else cpSync(join(root, file), target);
	}
	return modules;
};
