import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem, seconds } from '@keyward/core';
import { runProgram } from './run-program.ts';

const lockOf = async (): Promise<string> => {
	const folder = temporaryFolder('kw-run-');
	return join(folder, 'lock');
};

const shell = (script: string) => ({ program: '/bin/sh', arguments: ['-c', script] });

test('what a program leaves behind holds neither its lock nor its output, and is ended with it', async () => {
	const lock = await lockOf();
	const pid = Number(await runProgram(shell('sleep 1000 & echo $!'), { lock }));
	assert.ok(pid > 1);
	assert.equal(await runProgram(shell('echo next'), { lock }), 'next\n');
	// Gone, or a zombie where nobody collects it.
	assert.equal(await runProgram(shell(`ps -o stat= -p ${pid} | grep -v '^Z' || true`)), '');
});

test('a program that does not end is ended, and the lock is free then', async () => {
	const lock = await lockOf();
	await assert.rejects(
		runProgram(shell('echo stuck; exec sleep 1000'), { lock, within: seconds(1) }),
		(error) => error instanceof Problem && error.detail.endsWith('took longer than 1 s, and was ended: stuck'),
	);
	assert.equal(await runProgram(shell('echo next'), { lock }), 'next\n');
});
