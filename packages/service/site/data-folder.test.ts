import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { asNobody } from '@keyward/testing/account';
import { temporaryFolder } from '@keyward/testing/folder';

const module = new URL('data-folder.ts', import.meta.url).href;

/** What is refused, to an account that is not root; empty where nothing is. */
const judge = (folder: string): string =>
	asNobody(
		`const { requireWritableFolder } = await import(${JSON.stringify(module)});`,
		'await requireWritableFolder(process.argv[1]).catch(({ message }) => process.stdout.write(message));',
		folder,
	);

test('a data folder that cannot be made or written is named, with why and what to do', async () => {
	const home = temporaryFolder('keyward-data-');
	await chmod(home, 0o755);
	const closed = join(home, 'closed');
	await mkdir(closed, { mode: 0o555 });
	const refuses = (folder: string, said: string): void => assert.equal(judge(folder), `site-configuration: ${said}`);
	const mend =
		'this account may not write there: give it that right, run this as the account that has it, or name another with --data.';
	refuses(closed, `The data folder ${closed} cannot be written: ${mend}`);
	const deep = join(closed, 'a/site');
	refuses(deep, `The data folder ${deep} cannot be made in ${closed}: ${mend}`);
	const file = join(home, 'file');
	await writeFile(file, '');
	for (const path of [file, join(file, 'site')])
		refuses(path, `The data folder ${path} is or lies in a file: name another with --data.`);
	const partly = join(home, 'partly');
	await mkdir(partly);
	await chmod(partly, 0o777);
	assert.equal(judge(partly), '');
	await writeFile(join(partly, 'keyward.sqlite'), '', { mode: 0o444 });
	refuses(partly, `The data folder ${partly} has ${join(partly, 'keyward.sqlite')} in it: ${mend}`);
});
