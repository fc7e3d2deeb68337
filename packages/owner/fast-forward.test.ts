import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, Problem } from '@keyward/core';
import { makeEphemeralKey } from '@keyward/custody';
import { makeOwner, rosterText, signedBy, withRoster } from '@keyward/testing/owner/owner';
import { refreshRoster } from './follow/index.ts';
import { type FileMap, publishFiles, readRepository, rotateRoot } from './index.ts';

const now = Date.parse('2026-11-27T08:00:00Z');

test('who had the key for dates may run versions up to the end: a root with another key has devices follow again', async () => {
	const stolen = makeEphemeralKey();
	const { keys, terms, repository } = await makeOwner(now, stolen.publicKey);
	const two = keys.slice(0, 2);
	const first = await withRoster(repository, rosterText(1, now, days(7)), two);
	const folder = temporaryFolder('kw-owner-');
	const following = { folder, owner: repository.pin, application: 'hall' };
	const numberBy = async (files: FileMap): Promise<number | string> => {
		try {
			const state = await refreshRoster(
				following,
				async (path) => {
					const text = files[path.replace('metadata/', '')];
					return text === undefined ? null : Buffer.from(text);
				},
				now + days(1),
			);
			return state.state === 'current' ? state.roster.number : state.state;
		} catch (error) {
			if (error instanceof Problem) return error.code;
			throw error;
		}
	};
	const ahead = await publishFiles(first, stolen, Date.parse('9000-01-01T00:00:00Z'));
	assert.equal(await numberBy(ahead), 1);
	const second = await withRoster(first, rosterText(2, now, days(7)), two);
	assert.equal(await numberBy(await publishFiles(second, stolen, now + days(1))), 'roster-refused');

	const fresh = makeEphemeralKey();
	const change = { base: second.files, files: rotateRoot(second, { ...terms, online: fresh.publicKey }) };
	const rotated = readRepository(await signedBy(change, two), repository.pin);
	// The service, which has what the thief signed, does not count on from there.
	assert.equal(await numberBy(await publishFiles(rotated, fresh, now + days(1), ahead)), 2);
	const third = await withRoster(rotated, rosterText(3, now, days(7)), two);
	assert.equal(await numberBy(await publishFiles(third, fresh, now + days(1) + 1000)), 3);
});
