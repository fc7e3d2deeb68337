import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm, writeFile, mkdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePriceList } from '@keyward/core/plan';
import { build, type Plugin } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');

/** Where the service finds it. */
const built = join(root, 'packages/service/page/built');

/** The example's prices, until somebody opens their own: remedies have steps, and a first idea of what is cheapest. */
const examplePrices = (): string => {
	const { currency, remedies } = parsePriceList(readFileSync(join(root, 'examples/prices.yaml'), 'utf8'));
	return JSON.stringify({ currency, remedies: remedies.map((one) => ({ ...one, mends: [...one.mends] })) });
};

/** Pages that carry code of core: each a file by its name. */
export const withCore: readonly string[] = ['reach', 'plan', 'stream', 'policy', 'commission'];

/** What core has for Node alone is never reached in a browser: it is left out, and a caller of it fails. */
const withoutNode: Plugin = {
	name: 'without-node',
	setup: ({ onResolve, onLoad }) => {
		// It has what of Node core's checks take, and is built alone.
		onResolve({ filter: /\/worker\/proof\.ts$/ }, () => ({ path: './proof.js', external: true }));
		onResolve({ filter: /^node:/ }, ({ path }) =>
			path.startsWith('node:assert')
				? { path: join(here, 'base/node.ts') }
				: { path, namespace: 'without-node', sideEffects: false },
		);
		onLoad({ filter: /./, namespace: 'without-node' }, () => ({ contents: 'module.exports = {}', loader: 'js' }));
	},
};

/** Keycheck's worker reads files with the readers that the CLI has: it has what of Node they use. */
const nodeShims: Readonly<Record<string, string>> = {
	...{ 'node:crypto': 'worker/node-crypto.ts', 'node:zlib': 'worker/node-zlib.ts' },
	...{ 'node:assert': 'base/node.ts', 'node:assert/strict': 'base/node.ts' },
};

/** What checks a ledger's proof needs less. */
const proofShims: typeof nodeShims = { ...nodeShims, 'node:crypto': 'worker/ledger-crypto.ts' };

const withShims = (shims: typeof nodeShims): Plugin => ({
	name: 'with-shims',
	setup: ({ onResolve, onLoad }) => {
		onResolve({ filter: /^node:/ }, ({ path }) => {
			const shim = shims[path];
			return shim === undefined ? { path, namespace: 'without-node', sideEffects: false } : { path: join(here, shim) };
		});
		onLoad({ filter: /./, namespace: 'without-node' }, () => ({ contents: 'module.exports = {}', loader: 'js' }));
	},
});

/** A file by itself, with what it takes of Node in it. */
const buildAlone = async (name: string, source: string, shims: typeof nodeShims): Promise<string> => {
	const { outputFiles } = await build({
		entryPoints: { [name]: join(here, source) },
		...{
			absWorkingDir: here,
			outdir: built,
			bundle: true,
			format: 'esm',
			target: 'es2024',
			minify: true,
			write: false,
		},
		...{ legalComments: 'none', charset: 'utf8', logLevel: 'warning', inject: [join(here, 'worker/buffer.ts')] },
		plugins: [withShims(shims)],
	});
	return outputFiles[0]?.text ?? '';
};

/** esbuild names what files share by a hash: of every change another name, which no two branches could merge. */
const HASHED = /-[A-Z0-9]{8}(?=\.js$)/;

type Outputs = Awaited<ReturnType<typeof build>>['metafile'];

/** A name that stays for each hashed one: of what it has, or of the entries that share it, as no two files have the same. */
const steadyNames = (outputs: NonNullable<Outputs>['outputs']): ReadonlyMap<string, string> => {
	const users = new Map<string, Set<string>>();
	const mark = (path: string, entry: string): void => {
		const known = users.get(path) ?? new Set();
		if (known.has(entry)) return;
		users.set(path, known.add(entry));
		for (const one of outputs[path]?.imports ?? []) if (one.kind === 'import-statement') mark(one.path, entry);
	};
	const nameOf = (path: string): string => basename(path).replace(HASHED, '').replace('.js', '');
	for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint !== undefined) mark(path, nameOf(path));
	const named = Object.entries(outputs)
		.filter(([path]) => HASHED.test(path))
		.map(([path, { entryPoint }]): [string, string] => [
			basename(path),
			entryPoint === undefined
				? `shared-${[...(users.get(path) ?? [])].toSorted().join('-')}.js`
				: `${nameOf(path)}.js`,
		]);
	assert.equal(new Set(named.map(([, name]) => name)).size, named.length, 'two files with one name');
	return new Map(named);
};

/** One file of the console. */
export interface ConsoleFile {
	readonly text: string;
	/** It carries code of core: another change than one of the console makes it another. */
	readonly core: boolean;
}

/** The console as browsers take it, by file name: the same bytes for the same source. */
export const consoleFiles = async (): Promise<ReadonlyMap<string, ConsoleFile>> => {
	const { outputFiles, metafile } = await build({
		// Pages that carry core have names that stay: the first page is the same whatever changes in core.
		entryPoints: {
			...{ console: join(here, 'main.tsx'), style: join(here, 'style.css') },
			...Object.fromEntries(withCore.map((name) => [name, join(here, `pages/${name}.tsx`)])),
		},
		metafile: true,
		absWorkingDir: here,
		outdir: built,
		...{ bundle: true, splitting: true, format: 'esm', target: 'es2024', minify: true, write: false },
		...{ jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none', charset: 'utf8', logLevel: 'warning' },
		plugins: [withoutNode],
		define: { EXAMPLE_PRICES: examplePrices() },
	});
	const icon = readFileSync(join(here, 'icon.svg'), 'utf8');
	const outputs = metafile.outputs;
	/** It has code of core, or the name of a file that has: both change with core. */
	const carriesCore = (name: string): boolean =>
		Object.keys(outputs[name]?.inputs ?? {}).some((input) => input.startsWith('../core/')) ||
		(outputs[name]?.imports ?? []).some(({ path, kind }) => kind === 'import-statement' && carriesCore(path));
	const names = steadyNames(outputs);
	const renamed = (text: string): string =>
		[...names].reduce((changed, [hashed, name]) => changed.replaceAll(`"./${hashed}"`, `"./${name}"`), text);
	return new Map<string, ConsoleFile>([
		['icon.svg', { text: icon, core: false }],
		['keycheck-worker.js', { text: await buildAlone('keycheck-worker', 'worker/keycheck.ts', nodeShims), core: true }],
		['proof.js', { text: await buildAlone('proof', 'worker/proof.ts', proofShims), core: true }],
		...outputFiles.map(({ path, text }): [string, ConsoleFile] => {
			const name = path.slice(built.length + 1);
			return [names.get(name) ?? name, { text: renamed(text), core: carriesCore(relative(here, path)) }];
		}),
	]);
};

if (import.meta.main) {
	await rm(built, { recursive: true, force: true });
	await mkdir(built);
	for (const [name, { text }] of await consoleFiles()) await writeFile(join(built, name), text);
}
