import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cli } from './cli.ts';

/** Says in a device's folder that it takes updates into a directory; gives that. */
export const takesUpdates = async (folder: string): Promise<string> => {
	const slots = join(folder, 'slots');
	await mkdir(join(folder, 'update'), { recursive: true });
	await writeFile(join(folder, 'update', 'settings.json'), JSON.stringify({ installer: 'directory', slots }));
	return slots;
};

/** What `keyward device update install` came to. */
export const installUpdate = async (cli: Cli, folder: string, version: string) => {
	const words = ['device', 'update', 'install', version, '--folder', folder, '--json'];
	const { code, stdout, stderr } = await cli(words);
	const { state = null } = stdout.startsWith('{') ? (JSON.parse(stdout) as { state?: string }) : {};
	return { state, code, said: `${stdout}${stderr}`.trim() };
};

/** Starts the new version, and says that it works. */
export const confirmUpdate = async (cli: Cli, folder: string): Promise<void> => {
	const { stdout, stderr } = await cli(['device', 'update', 'confirm', '--folder', folder, '--json']);
	if (!stdout.includes('"confirmed"')) throw new Error(`the update was not confirmed: ${stdout}${stderr}`);
};
