import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const NOBODY = 65_534;

/**
 * What `work` writes, text of a module in a process of an account that may not do all: root may write what nobody may. `load` runs before,
 * with the rights of the test. No test gives up its own rights: a service that runs in its process would lose its folder meanwhile.
 */
export const asNobody = (load: string, work: string, ...args: readonly string[]): string => {
	const script = `${load}\nif (process.getuid() === 0) process.setuid(${NOBODY});\n${work}`;
	const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, ...args], {
		encoding: 'utf8',
	});
	assert.equal(status, 0, stderr);
	return stdout;
};
