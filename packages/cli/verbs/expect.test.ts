import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { asNobody } from '@keyward/testing/account';
import { temporaryFolder } from '@keyward/testing/folder';

const module = new URL('expect.ts', import.meta.url).href;

/** What is said where the site is asked, or why it is not. */
const print = (out: string): string =>
	asNobody(
		`const { printCommissioning } = await import(${JSON.stringify(module)});`,
		`await printCommissioning('device', 'x', { out: process.argv[1] }, () => {
			throw new Error('the site was asked');
		}).catch(({ message }) => process.stdout.write(message));`,
		out,
	);

test('a file for the string that cannot be made: why, and what to do; nothing is asked of the site', async () => {
	const home = temporaryFolder('keyward-out-');
	await chmod(home, 0o755);
	const closed = join(home, 'closed');
	await mkdir(closed, { mode: 0o555 });
	await writeFile(join(home, 'there'), '');
	for (const [out, said] of [
		[join(closed, 'x'), `this account may not write in the folder ${closed}. Name a file in one where it may.`],
		[join(home, 'none/x'), `there is no folder ${join(home, 'none')}. Make it, or name a file in another.`],
		[join(home, 'there'), 'it is there already. Name a file that is not, or move this one away.'],
	] as const)
		assert.equal(print(out), `file-unreadable: ${out} cannot be made: ${said}`);
});
