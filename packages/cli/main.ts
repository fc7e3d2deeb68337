// Node ends with 1 where a module cannot be loaded or nothing catches an error, and 1 is a finding: here both end with 2.
const fail = (error: unknown): void => {
	const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
	const shown =
		process.env['KEYWARD_DEBUG'] === undefined ? `${message}. KEYWARD_DEBUG=1 shows where; report it.` : stack;
	// A disk that is full in a timer's turn is no bug.
	const { code, detail } = error instanceof Error ? (error as Error & { code?: unknown; detail?: unknown }) : {};
	const said =
		typeof code === 'string' && typeof detail === 'string'
			? `${detail} [${code}]`
			: `Something failed that should not: ${shown}`;
	process.stderr.write(`keyward: ${said.replaceAll(/[^\P{Cc}\n]/gu, ' ')}\n`);
	process.exit(2);
};

process.on('uncaughtException', fail);

try {
	const { runCommandLine } = await import('./command-line.ts');
	await runCommandLine(process.argv.slice(2));
} catch (error) {
	fail(error);
}
