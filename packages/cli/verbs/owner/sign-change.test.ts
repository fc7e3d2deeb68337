import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, Problem } from '@keyward/core';
import { makeEphemeralKey } from '@keyward/custody';
import { beginRepository, type FileMap, filesAfter, prepareRoster, readRepository } from '@keyward/owner';
import { rosterText } from '@keyward/testing/owner/owner';
import { besideSigned, openOrMakeOwner, openOwner } from './owner-folder.ts';
import { publishOrKeep, readChange, showAndSign } from './sign-change.ts';
import { describeChange } from './change-description.ts';

test('a change that begins with an earlier state is shown against what this key signed last, or is not signed', async () => {
	const place = temporaryFolder('kw-signer-');
	const folder = join(place, 'owner');
	const { signer } = await openOrMakeOwner(folder, undefined, undefined);
	const now = Date.now();
	const key = (): string => Buffer.from(makeEphemeralKey().publicKey).toString('base64');
	const air = { sealed: true, suite: 1, signed: { within: '60s' }, every: null, epoch: '1h', unit: 'Cel' };
	const mallory = { key: key(), streams: ['air'], purpose: 'read', expires: new Date(now + days(9)).toISOString() };
	const textOf = (number: number, readers: object): string =>
		rosterText(number, now, days(7), { readers, streams: { air: { ...air, essential: false } } });
	const sign = async (base: FileMap, files: FileMap): Promise<FileMap> => {
		const signed = await showAndSign(await openOwner(folder), { base, files }, true);
		assert(signed !== null);
		return filesAfter(signed);
	};
	const next = (base: FileMap, text: string): FileMap => prepareRoster(readRepository(base, null), 'hall', text);
	const terms = { keys: [signer.publicKey], threshold: 1, online: makeEphemeralKey().publicKey };
	const begun = await sign({}, beginRepository({ ...terms, now, lasts: days(365) }));
	// The site is away: what was signed is kept.
	const kept = join(place, 'change.json');
	const published = publishOrKeep({ base: {}, files: begun }, kept, { data: place });
	await assert.rejects(published, (error) => error instanceof Problem);
	assert.deepEqual(filesAfter(readChange(kept)), begun);
	const withHer = await sign(begun, next(begun, textOf(1, { mallory })));
	const without = await sign(withHer, next(withHer, textOf(2, {})));

	// Who prepares it hides that she was taken off: beside the roster that it begins with, nothing changes.
	const again = { base: withHer, files: next(withHer, textOf(3, { mallory })) };
	assert.match(describeChange(again).join(), /the same as before/);
	assert.match(describeChange(await besideSigned(await openOwner(folder), again)).join(), /mallory GAINS air/);
	const older = { base: begun, files: next(begun, textOf(3, { mallory })) };
	await assert.rejects(
		besideSigned(await openOwner(folder), older),
		(error) => error instanceof Problem && error.code === 'roster-refused' && /is older than/.test(error.detail),
	);
	await sign(without, next(without, textOf(3, {})));
	// Another owner's.
	const other = beginRepository({ ...terms, now: now + 1000, lasts: days(365) });
	await assert.rejects(sign({}, other), (error) => error instanceof Problem && error.code === 'owner-not-trusted');
});
