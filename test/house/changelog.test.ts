import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from './source.ts';

/** Of keepachangelog.com, in its order. */
const sections = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

test('the changelog has each kind of change once, in order, and no line twice', () => {
	const lines = read('CHANGELOG.md').split('\n');
	const headings = lines.filter((line) => line.startsWith('### ')).map((line) => line.slice(4));
	// A merge keeps the lines of both sides (`merge=union`): what was moved on one side stands twice then.
	const mend =
		"take CHANGELOG.md of the main branch as it is (git checkout main -- CHANGELOG.md) and add this change's line again";
	assert.deepEqual(
		headings,
		sections.filter((one) => headings.includes(one)),
		mend,
	);
	const changes = lines.filter((line) => line.startsWith('- '));
	assert.deepEqual(
		changes.filter((line, at) => changes.indexOf(line) !== at),
		[],
		mend,
	);
});
