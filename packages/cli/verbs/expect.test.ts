import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { asNobody } from '@keyward/testing/account';
import { temporaryFolder } from '@keyward/testing/folder';
import { printCommissioning } from './expect.ts';

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
		await assert.rejects(
			asNobody(() => printCommissioning('device', 'x', { out }, () => assert.fail('the site was asked'))),
			{ code: 'file-unreadable', detail: `${out} cannot be made: ${said}` },
		);
});
