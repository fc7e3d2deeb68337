import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Page, scriptOf } from './documents/page.ts';
import { pages } from './documents/pages.ts';
import { runScript } from './documents/run.ts';
import { installPacked } from './lib/install-packed.ts';

// Runs the commands of the shell blocks of README, of docs and of the examples, page by page and in their order, each page on a little
// machine with its own network, with the packed program as npm would install it.
// `npm run documents [PAGE…]`; `--say` prints what the commands said also where they did well.

const root = fileURLToPath(new URL('..', import.meta.url));
const LIMIT = 300_000;

const words = process.argv.slice(2);
const say = words.includes('--say');
const asked = words.filter((one) => one !== '--say').map((one) => one.replace(/\.md$/, ''));

const documents = ['README.md', ...globSync(['docs/*.md', 'examples/*/README.md'], { cwd: root }).toSorted()];
const pageOf = (file: string): Page => pages.find((one) => one.file === file) ?? { file };
const withCommands = documents.map(pageOf).filter((page) => {
	const { commands, passed } = scriptOf(page, readFileSync(join(root, page.file), 'utf8'));
	return commands + passed.length > 0;
});
const chosen = withCommands.filter(
	({ file }) =>
		asked.length === 0 ||
		asked.some((one) => file === `${one}.md` || file === `docs/${one}.md` || file === `examples/${one}/README.md`),
);

const gone = pages.filter(({ file }) => !withCommands.some((page) => page.file === file));
const failed = gone.map(({ file }) => `${file}: has no commands, and is in scripts/documents/pages.ts`);
const folder = mkdtempSync(join(tmpdir(), 'keyward-documents-'));
try {
	const packed = installPacked(join(folder, 'packed'));
	for (const page of chosen) {
		const { text, commands, passed, unused } = scriptOf(page, readFileSync(join(root, page.file), 'utf8'));
		if (unused.length > 0) throw new Error(`${page.file}: no line has ${unused.join(', ')}`);
		const place = join(folder, page.file.replaceAll('/', '-'));
		mkdirSync(place);
		const { ok, said } = await runScript(page.file, text, place, LIMIT, packed);
		if (!ok || say) process.stdout.write(said);
		console.log(`${ok ? 'ran' : 'FAILED'}  ${page.file}: ${commands} commands`);
		for (const { line, text, why } of passed) console.log(`  not run, ${why}: ${page.file}:${line} ${text}`);
		if (!ok) failed.push(page.file);
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
if (failed.length > 0 || chosen.length === 0) {
	console.log(chosen.length === 0 ? 'no such page' : `failed: ${failed.join(', ')}`);
	process.exitCode = 1;
}
