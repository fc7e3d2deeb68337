import { readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

const at = (name: string): URL => new URL(`./${name}`, import.meta.url);

/** The page's script as browsers take it. */
export const pageScript = (): string =>
	stripTypeScriptTypes(readFileSync(at('page.ts'), 'utf8'))
		.split('\n')
		.map((line) => line.trimEnd())
		.join('\n')
		.trimStart();

if (import.meta.main) writeFileSync(at('page.js'), pageScript());
