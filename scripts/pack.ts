import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeProgram } from '../packages/cli/program.ts';
import { billOfKeyward } from './lib/bom.ts';
import { manualPage } from './lib/man.ts';
import { type Manifest, product, writePacked } from './lib/packed.ts';
import { MODULES, shippedPackages } from './lib/shipped.ts';
import { shrinkwrapOf } from './lib/shrinkwrap.ts';

// `npm run pack [-- FOLDER]`: one installable `keyward` (server, agent, CLI), as keyward-VERSION.tgz in FOLDER or build/.

const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv[2] ?? join(root, 'build');
// Beside what it makes: two that pack at once do not meet.
const into = join(out, 'unpacked');

const readManifest = (file: string): Manifest => JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
const manifests: ReadonlyMap<string, Manifest> = new Map(
	product.map((name) => [name, readManifest(`packages/${name}/package.json`)]),
);

/** Files that git knows below a path. */
function tracked(...paths: readonly string[]): string[] {
	return execFileSync('git', ['ls-files', '-c', ...paths], { cwd: root, encoding: 'utf8' })
		.split('\n')
		.filter((line) => line !== '');
}

/** Sources and data that run: no tests, what they share, nor what writes documents. */
const runs = (file: string): boolean =>
	!/\.(test|fixture)\.ts$|\/crash-child\.ts$|\/write-[a-z]+\.ts$|\/package\.json$|\/bin\/keyward\.js$/.test(file);

rmSync(into, { recursive: true, force: true });
mkdirSync(into, { recursive: true });
const files = tracked(...[...manifests.keys()].map((name) => `packages/${name}`)).filter(runs);
const modules = writePacked(root, into, files, manifests);

const { version } = readManifest('packages/cli/package.json');
for (const name of manifests.keys()) {
	writeFileSync(
		join(into, 'lib', name, 'package.json'),
		`${JSON.stringify({ name: `@keyward/${name}`, version, type: 'module' })}\n`,
	);
}
// npm reads npm-shrinkwrap.json of what comes from a registry and of `npm ci`, not of an archive that it installs: so every version that stands
// here is exact. What lies deeper (npm-shrinkwrap.json has four) follows the ranges of those above it.
const pinned = (optionally: boolean): Record<string, string> =>
	Object.fromEntries(
		shippedPackages(root)
			.filter(({ place, optional }) => optional === optionally && place.lastIndexOf(MODULES) === 0)
			.map(({ place, locked }) => [place.slice(MODULES.length), locked.version ?? '']),
	);
const manifest = {
	name: 'keyward',
	version,
	description: 'Security for fleets of IoT sensors: one policy, every link held to it, the weakest one named.',
	license: 'Apache-2.0',
	type: 'module',
	engines: { node: '>=20' },
	bin: { keyward: 'bin/keyward.js' },
	man: ['man/keyward.1'],
	exports: {
		'./keycheck': './lib/cli/keycheck/library.js',
		'./agent': './lib/agent/index.js',
		'./client': './lib/client/index.js',
	},
	dependencies: pinned(false),
	optionalDependencies: pinned(true),
};
writeFileSync(join(into, 'package.json'), `${JSON.stringify(manifest, null, '\t')}\n`);
writeFileSync(join(into, 'npm-shrinkwrap.json'), shrinkwrapOf(root, manifest));
mkdirSync(join(into, 'man'));
const changed = execFileSync('git', ['log', '-1', '--format=%cs'], { cwd: root, encoding: 'utf8' }).trim();
writeFileSync(join(into, 'man/keyward.1'), manualPage(await makeProgram(false, [], () => true), version, changed));
mkdirSync(join(into, 'bin'));
for (const file of ['keyward.js', 'node24.mjs', 'run.mjs']) {
	const text = readFileSync(join(root, 'packages/cli/bin', file), 'utf8');
	writeFileSync(join(into, 'bin', file), text.replaceAll("'../main.ts'", "'../lib/cli/main.js'"));
}
rmSync(join(into, 'lib/cli/bin'), { recursive: true, force: true });
chmodSync(join(into, 'bin/keyward.js'), 0o755);
// By what git knows, file by file: what lies about in the tree may be a secret.
const beside = tracked(
	'README.md',
	'SECURITY.md',
	'LICENSE',
	'NOTICE',
	'CHANGELOG.md',
	'CONTRIBUTING.md',
	'advisories',
	'docs',
	'packaging',
	'examples',
	'vectors/seal',
).filter((file) => !file.endsWith('.test.ts'));
for (const file of beside) {
	mkdirSync(join(into, dirname(file)), { recursive: true });
	// A client of ours takes of the package what it takes of the packages in a checkout.
	if (file.endsWith('.mjs'))
		writeFileSync(
			join(into, file),
			readFileSync(join(root, file), 'utf8').replaceAll(/'@keyward\/(agent|client)'/g, "'keyward/$1'"),
		);
	else cpSync(join(root, file), join(into, file));
}
writeFileSync(join(into, 'keyward.cdx.json'), billOfKeyward(root, version));
mkdirSync(out, { recursive: true });
const [{ filename = '', size = 0 } = {}] = JSON.parse(
	execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
		cwd: into,
		encoding: 'utf8',
	}),
) as { readonly filename?: string; readonly size?: number }[];
console.log(`${join(out, filename)}: ${modules} modules, ${(size / 1_000_000).toFixed(1)} MB`);
