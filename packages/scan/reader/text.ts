/** Reads the text of one stream piece by piece. */
export interface TextReader {
	write(text: string): void;
	end(): void;
}

/** A longer line is no row of a list. */
const LONGEST = 65_536;

/** Calls `line` with each line (LF, CRLF or CR) and its number from 1; a line beyond 64 Ki characters is cut, and said. */
export const byLine = (line: (text: string, number: number, cut: boolean) => void, end: () => void): TextReader => {
	let rest = '';
	let number = 0;
	let skipping = false;
	const give = (text: string, cut: boolean): void => {
		if (!skipping) line(cut ? text.slice(0, LONGEST) : text, ++number, cut);
		skipping = false;
	};
	return {
		write(text) {
			const all = rest + text;
			const lines = all.includes('\r') ? all.split(/\r\n|\n|\r(?!$)/) : all.split('\n');
			rest = lines.pop() ?? '';
			for (const one of lines) give(one, one.length > LONGEST);
			if (rest.length <= LONGEST) return;
			give(rest, true);
			rest = '';
			skipping = true;
		},
		end() {
			if (rest !== '') give(rest.replace(/\r$/, ''), false);
			end();
		},
	};
};
