/** What a page of the documents takes for granted, and which of its lines are not run here. */
export interface Page {
	readonly file: string;
	/** Shell lines before the first block: what the page supposes to be there. */
	readonly before?: string;
	/** Shell lines before the block that begins so. */
	readonly blocks?: Readonly<Record<string, string>>;
	/** What stands for something of the reader's (`SITE`, `HASH`): a name, and the shell word that takes its place. */
	readonly words?: Readonly<Record<string, string>>;
	/** Lines that begin so end with this exit code, as the page says. */
	readonly refused?: Readonly<Record<string, number>>;
	/** Lines that begin so are not run, and why: they need hardware, or a service of somebody else. */
	readonly not?: Readonly<Record<string, string>>;
}

/** A page as a shell script in which every command stands on the page's own line, and what of the page's table was found nowhere in it. */
export interface Script {
	readonly text: string;
	readonly commands: number;
	readonly passed: readonly { readonly line: number; readonly text: string; readonly why: string }[];
	readonly unused: readonly string[];
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** The commands of a page's shell blocks, and of the lines of a transcript (`console`) that begin with `$ `. */
export const scriptOf = (page: Page, markdown: string): Script => {
	const used = new Set<string>();
	const startOf = (table: Readonly<Record<string, unknown>> | undefined, line: string): string | undefined => {
		const key = Object.keys(table ?? {}).find((start) => line.startsWith(start));
		if (key !== undefined) used.add(key);
		return key;
	};
	const passed: Script['passed'][number][] = [];
	let commands = 0;
	const lines = markdown.split('\n');
	const out: string[] = lines.map(() => '');
	let fence: string | null = null;
	let skipping = false;
	let continued = false;
	for (const [at, line] of lines.entries()) {
		if (line.startsWith('```')) {
			fence = fence === null ? line.slice(3) : null;
			const next = lines[at + 1] ?? '';
			const key = fence === 'sh' || fence === 'console' ? startOf(page.blocks, next) : undefined;
			if (key !== undefined) out[at] = (page.blocks?.[key] ?? '').trim().replaceAll('\n', '; ');
			continue;
		}
		if (fence !== 'sh' && !(fence === 'console' && line.startsWith('$ '))) continue;
		let text = fence === 'console' ? line.slice(2) : line;
		for (const [word, value] of Object.entries(page.words ?? {})) {
			const changed = text.replaceAll(new RegExp(`(?<![\\w$-])${escaped(word)}(?![\\w-])`, 'g'), () => value);
			if (changed !== text) used.add(word);
			text = changed;
		}
		const begins = !continued;
		continued = text.endsWith('\\');
		if (begins) {
			const not = startOf(page.not, text);
			skipping = not !== undefined;
			if (not !== undefined) passed.push({ line: at + 1, text: line, why: page.not?.[not] ?? '' });
			else if (text.trim() !== '' && !text.trimStart().startsWith('#')) commands++;
			const refused = startOf(page.refused, text);
			if (refused !== undefined) text = `ends_with ${page.refused?.[refused] ?? 0} ${text}`;
		}
		if (!skipping) out[at] = text;
	}
	out[0] = (page.before ?? '').trim().replaceAll('\n', '; ');
	const keys = [page.blocks, page.words, page.refused, page.not].flatMap((table) => Object.keys(table ?? {}));
	return { text: out.join('\n'), commands, passed, unused: keys.filter((key) => !used.has(key)) };
};
