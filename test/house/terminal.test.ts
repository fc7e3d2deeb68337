import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, read } from './source.ts';

/** Those that write what is ours alone, or make visible what is not. */
const writers = new Set([
	'packages/cli/main.ts',
	'packages/cli/terminal/output.ts',
	'packages/cli/verbs/ask-password.ts',
	'packages/cli/verbs/posture.ts',
	'packages/cli/verbs/progress-line.ts',
]);

test('what the command line prints passes through `print` and `tell`, which make control characters visible', () => {
	const found = files('packages/cli/**/*.ts')
		.filter((file) => !/\.(?:test|soak|fixture)\.ts$/.test(file) && !writers.has(file))
		.filter((file) => /\bstd(?:out|err)\.write\(|\bconsole\.[a-z]+\(/.test(read(file)));
	assert.deepEqual(found, []);
});
