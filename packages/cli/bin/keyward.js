#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { node24, root } from './node24.mjs';
import { run } from './run.mjs';

// Runs on any Node from 20 on, and hands over to the Node 24 that was installed with Keyward.

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

try {
	const node = await node24();
	if (node === null) {
		console.error(`keyward: not installed yet; run npm start or npm test once in ${root}`);
		process.exit(2);
	}
	process.exit(await run(node, [main, ...process.argv.slice(2)]));
} catch (error) {
	console.error(`keyward: ${error instanceof Error ? error.message : String(error)}`);
	process.exit(2);
}
