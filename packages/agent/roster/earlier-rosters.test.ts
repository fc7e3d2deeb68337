import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { parseRoster } from '@keyward/core/seal';
import { rosterText } from '@keyward/testing/owner/owner';
import { earlierRosters, keepRoster } from './earlier-rosters.ts';

const rosterOf = (number: number) => {
	const text = rosterText(number, Date.now() + number, 3_600_000, { devices: {}, readers: {}, streams: {} });
	const bytes = new TextEncoder().encode(text);
	return { bytes, roster: parseRoster(bytes) };
};

test('rosters that a reader took are there after a restart, the newest first, and a damaged one takes no other with it', async () => {
	const folder = temporaryFolder('keyward-rosters-');
	const identity = { folder, owner: 'a'.repeat(64), application: 'hall' };
	assert.deepEqual(await earlierRosters(identity), []);
	const rosters = [1, 2, 10].map(rosterOf);
	for (const one of rosters) await keepRoster(identity, one);
	for (const one of rosters.slice(2)) await keepRoster(identity, one);
	assert.deepEqual(
		(await earlierRosters(identity)).map(({ number, hash }) => [number, hash]),
		rosters.toReversed().map(({ roster }) => [roster.number, roster.hash]),
	);
	writeFileSync(join(folder, `rosters-${'a'.repeat(16)}-hall`, '2.json'), '{');
	assert.deepEqual(
		(await earlierRosters(identity)).map(({ number }) => number),
		[10, 1],
	);
	// Another owner's rosters say nothing here.
	assert.deepEqual(await earlierRosters({ ...identity, owner: 'b'.repeat(64) }), []);
});
