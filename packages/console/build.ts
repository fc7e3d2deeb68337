import { readFileSync } from 'node:fs';
import { rm, writeFile, mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
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

/** What core has for Node alone is never reached in a browser: it is left out, and whoever calls it fails. */
const withoutNode: Plugin = {
	name: 'without-node',
	setup: ({ onResolve, onLoad }) => {
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

const withShims: Plugin = {
	name: 'with-shims',
	setup: ({ onResolve, onLoad }) => {
		onResolve({ filter: /^node:/ }, ({ path }) => {
			const shim = nodeShims[path];
			return shim === undefined ? { path, namespace: 'without-node', sideEffects: false } : { path: join(here, shim) };
		});
		onLoad({ filter: /./, namespace: 'without-node' }, () => ({ contents: 'module.exports = {}', loader: 'js' }));
	},
};

const buildWorker = async (): Promise<string> => {
	const { outputFiles } = await build({
		entryPoints: { 'keycheck-worker': join(here, 'worker/keycheck.ts') },
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
		plugins: [withShims],
	});
	return outputFiles[0]?.text ?? '';
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
	return new Map<string, ConsoleFile>([
		['icon.svg', { text: icon, core: false }],
		['keycheck-worker.js', { text: await buildWorker(), core: true }],
		...outputFiles.map(
			({ path, text }) => [path.slice(built.length + 1), { text, core: carriesCore(relative(here, path)) }] as const,
		),
	]);
};

if (import.meta.main) {
	await rm(built, { recursive: true, force: true });
	await mkdir(built);
	for (const [name, { text }] of await consoleFiles()) await writeFile(join(built, name), text);
}
