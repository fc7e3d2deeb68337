import type { Cli } from './cli.ts';

/** What a device or reader says of the roster that it acts on, after it asked the service. */
export const showRoster = async (
	cli: Cli,
	folder: string,
): Promise<{ readonly number: number | null; readonly code: string | null; readonly said: string }> => {
	const { code, stdout, stderr } = await cli(['device', 'roster', '--folder', folder, '--json']);
	const { number = null } = stdout === '' ? {} : (JSON.parse(stdout) as { number?: number });
	return { number, code, said: stderr.trim() };
};
