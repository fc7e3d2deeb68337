import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

process.once('exit', () => {
	for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/**
 * A new empty folder, removed when the test's process ends: hooks run in the order of their registration, and one that removed
 * the folder under a service that still wrote into it would fail, and keep the hook from running that stops the service.
 */
export const temporaryFolder = (prefix: string): string => {
	const folder = mkdtempSync(join(tmpdir(), prefix));
	made.push(folder);
	return folder;
};
