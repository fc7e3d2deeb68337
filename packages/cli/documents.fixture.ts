/** A command line of a document, and where it stands. */
export interface DocumentedCommand {
	readonly file: string;
	readonly line: number;
	readonly words: readonly string[];
	/** It stands in a block, to be typed as it is; in running text a command may be named without all that it needs. */
	readonly whole: boolean;
}

/** Words of a shell line; a quoted one keeps its blanks, and what ends the command (`;`, `|`, `>`, `#`, `&`) is a word by itself. */
const word = /'[^']*'|"[^"]*"|\$\([^)]*\)|&&|\|\||[|;<>&]|#.*|[^\s'"|;<>&#][^\s'"|;<>&]*(?:'[^']*'|"[^"]*")?/g;
const ends = /^(?:&&|\|\||[|;<>&]|#.*)$/;

/** Before a comment without a sign, set off as a second column. */
const column = '   ';

const commandsIn = (text: string): string[][] => {
	const found: string[][] = [];
	let words: string[] | null = null;
	let first = true;
	for (const [token] of text.matchAll(word)) {
		if (ends.test(token)) {
			words = null;
			first = !token.startsWith('#') && token !== '>' && token !== '<';
			if (token.startsWith('#')) break;
		} else if (first && (token === '$' || token === 'npx' || token === 'sudo')) continue;
		else if (first && token === 'keyward') found.push((words = []));
		else words?.push(token.replaceAll(/^['"]|['"]$/g, ''));
		if (!ends.test(token)) first = false;
	}
	return found;
};

/** Every command line of ours in a document of Markdown: whole ones in its blocks, and those named in its text. */
export const commandsOf = (file: string, markdown: string): DocumentedCommand[] => {
	const found: DocumentedCommand[] = [];
	let fenced = false;
	let continued = '';
	for (const [index, line] of markdown.split('\n').entries()) {
		const add = (text: string, whole: boolean): void => {
			for (const words of commandsIn(text)) if (words.length > 0) found.push({ file, line: index + 1, words, whole });
		};
		if (line.trimStart().startsWith('```')) fenced = !fenced;
		else if (fenced || /^(?: {4}|\t)/.test(line)) {
			const text = continued + line.trim();
			continued = text.endsWith('\\') ? text.slice(0, -1) : '';
			if (continued === '') add(text.split(column)[0] ?? '', true);
		} else for (const [, span = ''] of line.matchAll(/`([^`]+)`/g)) add(span, false);
	}
	return found;
};
