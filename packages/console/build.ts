import { readFileSync } from 'node:fs';
import { rm, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
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

/** The console as browsers take it, by file name: the same bytes for the same source. */
export const consoleFiles = async (): Promise<ReadonlyMap<string, string>> => {
	const { outputFiles } = await build({
		entryPoints: { console: join(here, 'main.tsx'), style: join(here, 'style.css') },
		absWorkingDir: here,
		outdir: built,
		...{ bundle: true, splitting: true, format: 'esm', target: 'es2024', minify: true, write: false },
		...{ jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none', charset: 'utf8', logLevel: 'warning' },
		plugins: [withoutNode],
		define: { EXAMPLE_PRICES: examplePrices() },
	});
	const icon = readFileSync(join(here, 'icon.svg'), 'utf8');
	return new Map<string, string>([
		['icon.svg', icon],
		...outputFiles.map(({ path, text }) => [path.slice(built.length + 1), text] as const),
	]);
};

if (import.meta.main) {
	await rm(built, { recursive: true, force: true });
	await mkdir(built);
	for (const [name, text] of await consoleFiles()) await writeFile(join(built, name), text);
}
