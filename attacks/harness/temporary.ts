import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders that stand at this moment. */
const standing = new Set<string>();

// Ended early, by Ctrl-C too, the harness leaves no site's keys behind; its sites end with it.
process.on('exit', () => {
	for (const folder of standing) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export const makeTemporary = (prefix: string): string => {
	const folder = mkdtempSync(join(tmpdir(), prefix));
	standing.add(folder);
	return folder;
};

export const removeTemporary = async (folder: string): Promise<void> => {
	await rm(folder, { recursive: true, force: true, maxRetries: 3 });
	standing.delete(folder);
};
