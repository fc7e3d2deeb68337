#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { node24 } from './node24.mjs';
import { run } from './run.mjs';

// Runs on any Node from 20 on, and hands over to the Node 24 that was installed with Keyward where this one is older.

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= 24) await import('../main.ts');
else {
	try {
		const node = await node24();
		if (node === null) {
			console.error(
				`keyward: this is Node ${process.versions.node}, and Node 24 was not installed with Keyward; in a checkout run npm start once, else install Keyward again without --ignore-scripts`,
			);
			process.exit(2);
		}
		process.exit(await run(node, [main, ...process.argv.slice(2)]));
	} catch (error) {
		console.error(`keyward: ${error instanceof Error ? error.message : String(error)}`);
		process.exit(2);
	}
}
