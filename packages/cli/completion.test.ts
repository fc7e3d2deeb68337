import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { commandPath, needs } from '@keyward/testing/debian';
import { keyward } from './keyward.fixture.ts';

test('bash completes verbs and options with the script', async () => {
	const { status, stdout: script } = await keyward(['completion', 'bash']);
	assert.equal(status, 0);
	/** What bash proposes for the last of the words. */
	const proposed = (...words: readonly string[]): string[] => {
		const run = spawnSync(
			'bash',
			[
				'--norc',
				'-c',
				`eval "$1"; shift; complete -p keyward >/dev/null || exit 1; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _keyward; printf '%s\\n' "\${COMPREPLY[@]}"`,
				'bash',
				script,
				'keyward',
				...words,
			],
			{ encoding: 'utf8' },
		);
		assert.equal(run.status, 0, run.stderr);
		return run.stdout.split('\n').filter(Boolean);
	};
	assert.deepEqual(proposed('dev'), ['device']);
	assert.deepEqual(proposed('device', 'com'), ['commission']);
	assert.deepEqual(proposed('device', 'run', '--until'), ['--until-drained']);
	assert.deepEqual(proposed('revoke', 'device', 'mast-1', '--rea'), ['--reason']);
	assert.deepEqual(proposed('completion', 'f'), ['fish']);
	assert.deepEqual(proposed('tra'), [], 'old names are not proposed');
});

for (const shell of ['zsh', 'fish']) {
	test(`${shell} reads its script`, async (t) => {
		const { status, stdout } = await keyward(['completion', shell]);
		assert.equal(status, 0);
		for (const word of ['commission', 'until-drained', 'policy']) assert.ok(stdout.includes(word), word);
		if (!needs(t, shell)) return;
		const folder = temporaryFolder('keyward-completion-');
		const file = join(folder, 'script');
		await writeFile(file, stdout);
		const { status: read, stderr } = spawnSync(commandPath(shell) ?? shell, ['-n', file], { encoding: 'utf8' });
		assert.equal(read, 0, stderr);
	});
}
