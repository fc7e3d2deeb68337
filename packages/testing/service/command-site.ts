import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { days } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import type { TestIdentity } from './site.ts';

/** The pin of an owner; what a device keeps of this owner's repository is written by hand here. */
const OWNER = 'a1'.repeat(32);

/**
 * Makes a device take commands: the owner's roster with these commanders, as its own refresh would have left it, and an allow-list
 * with `count` (which the roster calls harmless) and `open` (dangerous), each of which makes one file in a folder. Gives how often they were run.
 */
export const takeCommands = async (
	{ certificateFile, identity: { application } }: TestIdentity,
	commanders: Readonly<Record<string, Signer>>,
): Promise<{ readonly folder: string; runs(): Promise<number> }> => {
	const folder = dirname(certificateFile);
	const now = Date.now();
	const until = new Date(now + days(7)).toISOString();
	const roster = {
		...{ type: 'keyward-roster', version: 1, application, number: 1 },
		...{ issued: new Date(now).toISOString(), expires: until },
		...{ devices: {}, readers: {}, streams: {}, signers: { command: 1, dangerous: 2 } },
		commands: { count: 'harmless' },
		commanders: Object.fromEntries(
			Object.entries(commanders).map(([name, { publicKey }]) => [
				name,
				{ key: Buffer.from(publicKey).toString('base64'), expires: until },
			]),
		),
	};
	const kept = join(folder, `owner-${OWNER.slice(0, 16)}`);
	await mkdir(kept, { recursive: true, mode: 0o700 });
	await writeFile(join(kept, 'roster.json'), JSON.stringify(roster));
	const record = join(folder, 'identity.json');
	await writeFile(record, JSON.stringify({ ...JSON.parse(await readFile(record, 'utf8')), owner: OWNER }));
	const marks = join(folder, 'marks');
	await mkdir(marks);
	await chmod(marks, 0o700);
	const action = { program: '/usr/bin/mktemp', arguments: ['-p', marks] };
	await writeFile(join(folder, 'commands.json'), JSON.stringify({ count: action, open: action }));
	return { folder, runs: async () => (await readdir(marks)).length };
};
