import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
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
	const folder = temporaryFolder('keyward-completion-');
	await writeFile(join(folder, 'policy.yaml'), '');
	await mkdir(join(folder, 'policies'));
	const [file, inner] = [join(folder, 'policy.yaml'), join(folder, 'policies')];
	const start = join(folder, 'pol');
	// A file where one belongs: behind an option, with `=`, and as an argument.
	assert.deepEqual(proposed('reach', '--inventory', start).toSorted(), [inner, file]);
	assert.deepEqual(proposed('reach', '--inventory', '=', start).toSorted(), [inner, file]);
	assert.deepEqual(proposed('policy', 'check', start).toSorted(), [inner, file]);
	assert.deepEqual(proposed('device', 'expect', 'a', '--data', start), [inner], 'a folder alone');
	// Nothing where nobody can know, and the words where it is one of some.
	assert.deepEqual(proposed('device', 'expect', 'a', '--class', ''), []);
	assert.deepEqual(proposed('device', 'expect', 'a', '--class', '='), []);
	assert.deepEqual(proposed('serve', '--floor', 'tls1.3'), ['tls1.3', 'tls1.3-pq']);
	// Of every fixed list, however it is written in the help.
	for (const [words, values] of [
		[
			['device', 'run', '--decimal'],
			['dot', 'comma'],
		],
		[
			['device', 'run', '--facts'],
			['machine', 'program', 'none'],
		],
		[
			['device', 'run', '--lines'],
			['values', 'fields', 'nmea', 'safecast'],
		],
		[
			['device', 'sources', '--times'],
			['keep', 'now'],
		],
		[
			['contain', 'pump-1', '--rekey'],
			['class', 'application', 'none'],
		],
		[
			['agility', 'start', '--kind'],
			['P-256', 'P-384', 'Ed25519'],
		],
		[
			['plan', '--objective'],
			['authenticity', 'authorization', 'integrity', 'confidentiality', 'adaptability', 'resistance'],
		],
		[
			['ca', 'roll'],
			['issuing', 'site-root', 'service-ca'],
		],
	] as const)
		assert.deepEqual(proposed(...words, ''), values, words.join(' '));
	assert.deepEqual(proposed('device', 'run', '--source', 'modbus'), ['modbus-tcp', 'modbus-rtu']);
	// Behind a flag without a value, and behind the value, options again.
	assert.ok(proposed('device', 'expect', 'a', '--qr', '').includes('--class'));
	assert.ok(proposed('device', 'expect', 'a', '--class', 'b', '--app').includes('--application'));
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
