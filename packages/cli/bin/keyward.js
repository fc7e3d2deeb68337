#!/usr/bin/env node
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Runs on any Node from 20 on, and hands over to the Node 24 that was installed with Keyward where this one is older.

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

// Where hardly a file may be opened, Node fails by itself with a stack trace and with 1, which is a finding.
/** Files that the Node 24 behind an older one opens before it runs anything of ours, and some more. */
const SPARE = 16;
/** @type {number[]} */
const opened = [];
try {
	while (opened.length < SPARE) opened.push(openSync(import.meta.filename ?? main, 'r'));
} catch (error) {
	const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
	const isKeycheck = process.argv.includes('keycheck');
	const what = isKeycheck ? 'not read: ' : '';
	console.error(`keyward: ${what}too few files may be open at once (${code}); raise the limit: ulimit -n 256`);
	process.exit(isKeycheck ? 3 : 2);
} finally {
	for (const file of opened) closeSync(file);
}

if (Number(process.versions.node.split('.')[0]) >= 24) await import('../main.ts');
else {
	try {
		const { node24 } = await import('./node24.mjs');
		const { run } = await import('./run.mjs');
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
