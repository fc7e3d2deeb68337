import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './installed.ts';

export const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The lines of every `sh` block, in order, each block with the comment that stands before it. */
export const blocks = Array.from(
	readme.matchAll(/(?:^<!-- ([^\n]*) -->\n\n)?^```sh\n(.*?)^```$/gms),
	([, note, lines = '']) => ({
		note: note ?? null,
		lines: lines.split('\n').filter((line) => line !== ''),
	}),
);
