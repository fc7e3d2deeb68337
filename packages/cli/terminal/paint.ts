export const RED = 31;
export const GREEN = 32;
export const BOLD = 1;
export const DIM = 2;

/** A text in a colour or weight of ECMA-48 (SGR), where the terminal shows them. */
export const paint = (code: number, text: string, colour: boolean): string =>
	colour ? `\u001B[${code}m${text}\u001B[0m` : text;

/** Lines of at most `width`, all but the first indented by two so that each text is seen to begin. */
export const wrap = (text: string, width: number): string[] => {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && line.length + 1 + word.length > width) {
			lines.push(line);
			line = `  ${word}`;
		} else line = line === '' ? word : `${line} ${word}`;
	}
	return [...lines, line];
};
