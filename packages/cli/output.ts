import { Problem } from '@keyward/core';

/** Exit codes of every verb: held, a finding, misuse. */
export const exit = { held: 0, finding: 1, misuse: 2 } as const;

/** Prints one JSON document to standard output. */
export const printJson = (value: unknown): void => {
	process.stdout.write(`${JSON.stringify(value, null, '\t')}\n`);
};

/** Prints rows in aligned columns under their headings; nothing but the headings when there are no rows. */
export const printTable = (headings: readonly string[], rows: readonly (readonly string[])[]): void => {
	const widths = headings.map((heading, column) =>
		Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
	);
	const line = (cells: readonly string[]): string =>
		cells
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join('  ')
			.trimEnd();
	process.stdout.write(`${[headings, ...rows].map(line).join('\n')}\n`);
};

/** Says what went wrong and what to do on standard error; gives the exit code. */
export const explainFailure = (error: unknown, json: boolean): number => {
	const { code, detail } =
		error instanceof Problem
			? error
			: { code: 'internal', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
	if (json) process.stderr.write(`${JSON.stringify({ code, detail })}\n`);
	else process.stderr.write(`keyward: ${detail} [${code}]\n`);
	return exit.misuse;
};
