import { Problem } from '@keyward/core';
import { inLine, visible } from '@keyward/core/export';
import { machineFault } from './machine-fault.ts';

/** Exit codes of every verb: held, a finding, misuse or failure. `unread` is keycheck's: nothing found, and something was not read. */
export const exit = { held: 0, finding: 1, misuse: 2, unread: 3 } as const;

/** Prints to standard output, made {@link visible}. False when the reader should be waited for (`drain`). */
export const print = (text: string): boolean => process.stdout.write(visible(text));

/** Settles once all of standard output is out; where it cannot be, its `error` ends the program. */
export const written = (): Promise<void> =>
	new Promise((resolve) => {
		process.stdout.write('', (error) => {
			if (error === null || error === undefined) resolve();
		});
	});

/** On a terminal: empties the line that the cursor is on, so that the next {@link print} replaces it. */
export const clearLine = (): void => void process.stdout.write('\r\u001b[K');

/** Says something on standard error, made {@link visible}. */
export const tell = (text: string): void => void process.stderr.write(visible(text));

/** Prints one JSON document to standard output. */
export const printJson = (value: unknown): void => {
	print(`${JSON.stringify(value, null, '\t')}\n`);
};

/** Words in lines of at most that width; a word that is longer has a line to itself. */
export const wrapped = (text: string, width: number): string[] => {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		const longer = line === '' ? word : `${line} ${word}`;
		if (longer.length <= width || line === '') line = longer;
		else {
			lines.push(line);
			line = word;
		}
	}
	return [...lines, line];
};

/** Of standard output; undefined where a program reads it, one row a line. */
export const terminalWidth = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined);

/** How far the rest of a wrapped line stands behind its beginning. */
const HANGING = '    ';

/** Each line that is longer than the width in several, wrapped at words; what follows the first of them is indented. */
export const hanging = (text: string, width: number): string =>
	text
		.split('\n')
		.flatMap((line) => {
			if (line.length <= width) return [line];
			const indent = /^ */.exec(line)?.[0] ?? '';
			const margin = `${indent}${HANGING}`;
			const [first = '', ...more] = wrapped(line.slice(indent.length), width - margin.length);
			return [`${indent}${first}`, ...more.map((one) => `${margin}${one}`)].map((one) => one.trimEnd());
		})
		.join('\n');

/** Prints sentences, on a terminal wrapped to its width. */
export const printText = (text: string): void => {
	const width = terminalWidth();
	print(width === undefined ? text : hanging(text, width));
};

const NARROWEST = 12;
/** As narrow as a column gets before rows become blocks. */
const TIGHT = 8;
const BETWEEN = '  ';

const longestWord = (text: string): number => Math.max(...text.split(' ').map(({ length }) => length));

/** Whether a table of that width breaks no word. */
export const fitsWhole = (
	headings: readonly string[],
	rows: readonly (readonly string[])[],
	width: number | undefined,
): boolean => {
	const widths = headings.map((heading, column) =>
		rows.reduce((most, row) => Math.max(most, longestWord(inLine(row[column] ?? ''))), heading.length),
	);
	return (
		widths.reduce((sum, one) => sum + one + BETWEEN.length, -BETWEEN.length) <= (width ?? Number.POSITIVE_INFINITY)
	);
};

/** Takes from the widest column until all fit: first what can be wrapped between words, then words too, down to `narrowest`. */
const fitted = (natural: readonly number[], words: readonly number[], width: number, narrowest: number): number[] => {
	const widths = [...natural];
	const over = (): number => widths.reduce((sum, one) => sum + one + BETWEEN.length, -BETWEEN.length) - width;
	for (const least of [words.map((one) => Math.max(one, narrowest)), words.map(() => narrowest)]) {
		const slack = (column: number): number => (widths[column] ?? 0) - (least[column] ?? 0);
		for (let excess = over(); excess > 0; excess = over()) {
			const open = widths.map((one, column) => (slack(column) > 0 ? one : 0));
			const widest = open.indexOf(Math.max(...open));
			if (slack(widest) <= 0) break;
			widths[widest] = (widths[widest] ?? 0) - Math.min(excess, slack(widest));
		}
	}
	return widths;
};

/** Up to that width of a word, to the end of a part of its name where one ends in the second half. */
const cut = (word: string, width: number): number => {
	const part = /^.*[-/:,.@_]/s.exec(word.slice(0, width))?.[0].length ?? 0;
	return part * 2 >= width ? part : width;
};

/** As {@link wrapped}; a word that is longer than a line goes on in the next. */
const broken = (text: string, width: number): string[] =>
	wrapped(text, width).flatMap((line) => {
		const pieces: string[] = [];
		let rest = line;
		for (; rest.length > width; rest = rest.slice(pieces.at(-1)?.length)) pieces.push(rest.slice(0, cut(rest, width)));
		return [...pieces, rest];
	});

/** A row as a block, a line for each column: for what has more columns than fit. */
const blockOf = (headings: readonly string[], row: readonly string[], width: number): string => {
	const margin = Math.max(...headings.map(({ length }) => length)) + BETWEEN.length;
	return headings
		.flatMap((heading, column) => {
			const [first = '', ...more] = broken(row[column] ?? '', Math.max(NARROWEST, width - margin));
			return [`${heading.padEnd(margin)}${first}`.trimEnd(), ...more.map((line) => `${' '.repeat(margin)}${line}`)];
		})
		.join('\n');
};

const byApplication = (headings: readonly string[], rows: readonly (readonly string[])[], width: number): string =>
	[...Map.groupBy(rows, ([application = '']) => application)]
		.map(([application, some]) => {
			const table = tableOf(
				headings,
				some.map((row) => row.slice(1)),
				width,
			);
			return `${application}\n${table}`;
		})
		.join('\n');

/**
 * Rows in aligned columns under their headings, wrapped to that width, at words where they fit; nothing but the headings when there are
 * no rows. Where the columns do not fit, the rows of an application stand under its name, and where that is not enough each row is a block.
 */
export const tableOf = (
	headings: readonly string[],
	cells: readonly (readonly string[])[],
	width = Number.POSITIVE_INFINITY,
	narrowest = NARROWEST,
): string => {
	const rows = cells.map((row) => row.map(inLine));
	const widest = (measure: (text: string) => number): number[] =>
		headings.map((heading, column) =>
			rows.reduce((most, row) => Math.max(most, measure(row[column] ?? '')), measure(heading)),
		);
	const widths = fitted(
		widest(({ length }) => length),
		widest(longestWord),
		width,
		narrowest,
	);
	const needed = widths.reduce((sum, one) => sum + one + BETWEEN.length, -BETWEEN.length);
	if (needed > width && rows.length > 0) {
		if (headings[0] === 'application') return byApplication(headings.slice(1), rows, width);
		if (narrowest > TIGHT) return tableOf(headings, rows, width, TIGHT);
		return `${rows.map((row) => blockOf(headings, row, width)).join('\n\n')}\n`;
	}
	const line = (row: readonly string[]): string => {
		const cells = row.map((cell, column) => {
			const most = widths[column] ?? 0;
			return cell.length <= most ? [cell] : broken(cell, most);
		});
		const height = Math.max(1, ...cells.map(({ length }) => length));
		return Array.from({ length: height }, (_, index) =>
			cells
				.map((cell, column) => (cell[index] ?? '').padEnd(widths[column] ?? 0))
				.join(BETWEEN)
				.trimEnd(),
		).join('\n');
	};
	return `${[headings, ...rows].map(line).join('\n')}\n`;
};

/** Prints {@link tableOf}, on a terminal in its width; a program reads one row a line. */
export const printTable = (headings: readonly string[], rows: readonly (readonly string[])[]): void =>
	void print(tableOf(headings, rows, terminalWidth()));

/** A bug: where it was is for who mends it, not for who met it. */
const internal = (error: unknown): string => {
	if (!(error instanceof Error)) return `Something failed that should not: ${String(error)}`;
	return process.env['KEYWARD_DEBUG'] === undefined
		? `Something failed that should not: ${error.message}. Run it again with KEYWARD_DEBUG=1 to see where, and report it.`
		: (error.stack ?? error.message);
};

/** Says what went wrong and what to do on standard error; gives the exit code. */
export const explainFailure = (error: unknown, json: boolean): number => {
	const known = error instanceof Problem ? error : machineFault(error);
	const { code, detail } =
		known === null || (known !== error && process.env['KEYWARD_DEBUG'] !== undefined)
			? { code: 'internal', detail: internal(error) }
			: known;
	if (json) tell(`${JSON.stringify({ code, detail })}\n`);
	// A line break in a detail is followed by a margin: nothing in it passes for a line of another program.
	else tell(`keyward: ${detail.replaceAll('\n', '\n  ')} [${code}]\n`);
	return exit.misuse;
};
