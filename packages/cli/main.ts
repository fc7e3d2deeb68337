// Node ends with 1 where a module cannot be loaded or nothing catches an error, and 1 is a finding: here both end with 2.
const fail = (error: unknown): void => {
	const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
	const shown =
		process.env['KEYWARD_DEBUG'] === undefined ? `${message}. KEYWARD_DEBUG=1 shows where; report it.` : stack;
	process.stderr.write(`keyward: Something failed that should not: ${shown.replaceAll(/[^\P{Cc}\n]/gu, ' ')}\n`);
	process.exit(2);
};

process.on('uncaughtException', fail);

try {
	const { runCommandLine } = await import('./command-line.ts');
	await runCommandLine(process.argv.slice(2));
} catch (error) {
	fail(error);
}
