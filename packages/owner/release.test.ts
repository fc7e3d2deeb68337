import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, type ErrorCode, Problem } from '@keyward/core';
import { makeEphemeralKey } from '@keyward/custody';
import { makeOwner as makeKeys, rosterText, signedBy, withRoster } from '@keyward/testing/owner/owner';
import { makeRelease, withRelease } from '@keyward/testing/owner/releases';
import { type FetchFile, followRelease, refreshRoster } from './follow/index.ts';
import {
	type FileMap,
	filesOf,
	preparePart,
	prepareRelease,
	prepareVendor,
	publishFiles,
	readRepository,
	releaseSigners,
	releasesShownIn,
	type Repository,
	requireForward,
	requireShown,
	rotateRoot,
} from './index.ts';

const now = Date.parse('2026-11-27T08:00:00Z');
const path = 'releases/hall/probe/1.0.0/image';

const failsAs =
	(code: ErrorCode, detail = /./) =>
	(error: unknown): boolean =>
		error instanceof Problem && error.code === code && detail.test(error.detail);

const serving =
	(files: () => FileMap): FetchFile =>
	async (name) => {
		const text = files()[name.startsWith('metadata/') ? name.slice('metadata/'.length) : name];
		return text === undefined ? null : Buffer.from(text);
	};

const begin = async () => {
	const online = makeEphemeralKey();
	const owner = await makeKeys(now, online.publicKey);
	const folder = temporaryFolder('kw-release-');
	const following = { folder, owner: owner.repository.pin, application: 'hall' };
	return { ...owner, online, following, two: owner.keys.slice(0, 2) };
};

test('a release signed by two of three reaches a device, beside the roster', async () => {
	const { repository, two, online, following } = await begin();
	const whole = makeRelease('1.0.0', { securityFloor: 3 }, { bom: '{}' });
	const released = await withRelease(repository, whole, two, now);
	assert.equal(releaseSigners(released, 'hall'), 2);
	assert.equal(releaseSigners(released, 'yard'), 0);
	let files: FileMap = await publishFiles(released, online, now);
	const fetch = serving(() => files);
	const found = await followRelease(following, path, fetch, now);
	assert.deepEqual(found?.release, whole.release);
	assert.equal(found.sha256, whole.contents.image.sha256);
	assert.equal(found.file, `targets/releases/hall/probe/1.0.0/${found.sha256}.image`);
	assert.equal(await followRelease(following, 'releases/hall/probe/9.0.0/image', fetch, now), null);
	// The same metadata in the same folder serves the roster.
	const both = await withRoster(released, rosterText(1, now, days(1)), two);
	files = await publishFiles(both, online, now + 1000, files);
	assert.equal((await refreshRoster(following, fetch, now + 1000)).state, 'current');
	assert.equal((await followRelease(following, path, fetch, now + 1000))?.release.release, '1.0.0');
});

test('of each class the newest stay, a version stands for one content, and floors do not fall', async () => {
	const { repository, two } = await begin();
	let current = await withRelease(repository, makeRelease('1.0.0', { securityFloor: 1 }), two, now);
	current = await withRelease(current, makeRelease('2.0.0', { securityFloor: 2 }), two, now, 2);
	const third = await withRelease(current, makeRelease('3.0.0', { securityFloor: 2 }), two, now, 2);
	const names = (one: Repository) => one.releases.get('hall')?.releases.map(({ release }) => release.release);
	assert.deepEqual(names(third), ['2.0.0', '3.0.0']);
	requireForward(current, third);
	assert.throws(() => requireForward(third, current), failsAs('release-refused', /go back from version 3 to 2/));
	assert.throws(() => requireForward(third, repository), failsAs('roster-refused', /goes back/));
	const again = (version: string, floor: number) =>
		prepareRelease(third, makeRelease(version, { securityFloor: floor }).contents, { expires: now + 1, keep: 8 });
	assert.throws(() => again('3.0.0', 2), failsAs('release-refused', /there is a release 3.0.0/));
	assert.throws(() => again('4.0.0', 1), failsAs('release-refused', /is below 2/));
	// The same version made again elsewhere, by the right keys: what devices have under that name stays.
	const other = makeRelease('2.0.0', { securityFloor: 2 }, { bom: '{"other": 1}' });
	other.contents.image.sha256 = 'cd'.repeat(32);
	const rewritten = await withRelease(await withRelease(repository, makeRelease('0.9.0'), two, now), other, two, now);
	const later = await withRelease(rewritten, makeRelease('5.0.0', { securityFloor: 2 }), two, now);
	assert.throws(() => requireForward(current, later), failsAs('release-refused', /with other contents/));
});

test('one key of two signs no release, nor does the key of the service', async () => {
	const { repository, keys, online, following } = await begin();
	const { contents } = makeRelease('1.0.0');
	const files = prepareRelease(repository, contents, { expires: now + days(1), keep: 8 });
	const half = await signedBy({ base: repository.files, files }, keys.slice(0, 1));
	assert.throws(() => readRepository(half, repository.pin), failsAs('roster-refused', /1\/2/));
	await assert.rejects(signedBy({ base: repository.files, files }, [online]), failsAs('owner-not-trusted'));
	// A site that is opened serves it all the same, under its own snapshot: the device refuses.
	const honest = await withRelease(repository, makeRelease('0.1.0'), keys.slice(0, 2), now);
	const served = await publishFiles(honest, online, now);
	const role = Object.keys(served).find((name) => name.endsWith('releases%2Fhall.json')) ?? '';
	const forged = { ...served, [role]: (served[role] ?? '').replaceAll('0.1.0', '1.0.0') };
	await assert.rejects(
		followRelease(
			following,
			path,
			serving(() => forged),
			now,
		),
		failsAs('roster-refused', /signed|signature|threshold|verif/i),
	);
});

test('a vendor signs its part, and neither an image nor the part of another', async () => {
	const { repository, two, keys, online, following } = await begin();
	const vendorKey = makeEphemeralKey();
	const acme = { name: 'acme', class: 'probe', parts: ['modem'], keys: [vendorKey.publicKey], threshold: 1 };
	const released = await withRelease(repository, makeRelease('1.0.0'), two, now);
	const named = { base: released.files, files: prepareVendor(released, 'hall', acme, now + days(90)) };
	const shown = releasesShownIn({ ...named.base, ...named.files }).get('hall');
	assert.deepEqual(
		shown?.vendors.map(({ name, patterns }) => [name, ...patterns]),
		[['acme', 'releases/hall/probe/*/modem']],
	);
	const withVendor = readRepository(await signedBy(named, two), repository.pin);
	const part = { application: 'hall', vendor: 'acme', class: 'probe', release: '1.0.0', part: 'modem' };
	const content = { length: 5, sha256: 'ab'.repeat(32) };
	const files = preparePart(withVendor, part, content, now + days(30));
	const signed = readRepository(await signedBy({ base: withVendor.files, files }, [vendorKey]), repository.pin);
	const inForce = signed.releases.get('hall');
	assert.deepEqual(inForce === undefined ? [] : filesOf(inForce).map((file) => file.path), [
		path,
		'releases/hall/probe/1.0.0/modem',
	]);
	const served = await publishFiles(signed, online, now);
	assert.equal(
		(
			await followRelease(
				following,
				path,
				serving(() => served),
				now,
			)
		)?.release.release,
		'1.0.0',
	);
	await assert.rejects(
		followRelease(
			following,
			'releases/hall/probe/1.0.0/modem',
			serving(() => served),
			now,
		),
		failsAs('release-refused', /not signed by releases\/hall itself/),
	);
	for (const wrong of ['image', 'antenna']) {
		const change = {
			base: withVendor.files,
			files: preparePart(withVendor, { ...part, release: '2.0.0', part: wrong }, content, now + days(1)),
		};
		const forged = await signedBy(change, [vendorKey]);
		assert.throws(() => readRepository(forged, repository.pin), failsAs('roster-refused', /not its part/));
		assert.throws(() => releasesShownIn(forged), failsAs('roster-refused', /not its part/));
	}
	assert.throws(
		() => prepareVendor(released, 'hall', { ...acme, parts: ['image'] }, now + 1),
		failsAs('request-malformed'),
	);
	// New keys of the owner: releases are signed again, the vendor's stand.
	const terms = {
		keys: keys.map(({ publicKey }) => publicKey),
		threshold: 3,
		online: online.publicKey,
		now,
		lasts: days(365),
	};
	const rotated = readRepository(
		await signedBy({ base: signed.files, files: rotateRoot(signed, terms) }, keys),
		repository.pin,
	);
	assert.equal(releaseSigners(rotated, 'hall'), 3);
	requireForward(signed, rotated);
	requireShown(rotated.files);
	const after = await publishFiles(rotated, online, now + 1000, served);
	assert.equal(
		(
			await followRelease(
				following,
				path,
				serving(() => after),
				now + 1000,
			)
		)?.release.release,
		'1.0.0',
	);
});

test('freeze and mix-and-match: an old timestamp, and old releases beside a new snapshot, are refused', async () => {
	const { repository, two, online, following } = await begin();
	const first = await withRelease(repository, makeRelease('1.0.0'), two, now);
	const old = await publishFiles(first, online, now);
	await followRelease(
		following,
		path,
		serving(() => old),
		now,
	);
	await assert.rejects(
		followRelease(
			following,
			path,
			serving(() => old),
			now + days(2),
		),
		failsAs('roster-stale'),
	);
	const second = await withRelease(first, makeRelease('2.0.0'), two, now);
	const served = await publishFiles(second, online, now + 2000, old);
	const [role] = Object.keys(served).filter((name) => name.startsWith('2.releases'));
	const mixed = { ...served, [role ?? '']: old['1.releases%2Fhall.json'] ?? '' };
	await assert.rejects(
		followRelease(
			following,
			'releases/hall/probe/2.0.0/image',
			serving(() => mixed),
			now + 2000,
		),
		failsAs('roster-refused', /version/),
	);
	assert.equal(
		(
			await followRelease(
				following,
				'releases/hall/probe/2.0.0/image',
				serving(() => served),
				now + 2000,
			)
		)?.release.release,
		'2.0.0',
	);
	await assert.rejects(
		followRelease(
			following,
			path,
			serving(() => old),
			now + 3000,
		),
		failsAs('roster-refused'),
	);
});

test('metadata that is truncated, endless, of another specification or not canonical is refused', async () => {
	const { repository, two, online, following } = await begin();
	const released = await withRelease(repository, makeRelease('1.0.0'), two, now);
	const served = await publishFiles(released, online, now);
	const role = '1.releases%2Fhall.json';
	const text = served[role] ?? '';
	const follow = (changed: string) =>
		followRelease(
			following,
			path,
			serving(() => ({ ...served, [role]: changed })),
			now,
		);
	await assert.rejects(follow(text.slice(0, -20)), failsAs('roster-refused'));
	await assert.rejects(follow(`${text}${' '.repeat(2_000_001)}`), failsAs('packet-too-large'));
	await assert.rejects(
		follow(text.replace('"spec_version":"1.0.31"', '"spec_version":"2.0.0"')),
		failsAs('roster-refused'),
	);
	await assert.rejects(follow(text.replace('"securityFloor":0', '"securityFloor":1')), failsAs('roster-refused'));
	// Spaces and order of members are not signed (canonical JSON): they change nothing.
	const spaced = JSON.stringify(JSON.parse(text), null, '\t');
	assert.equal((await follow(spaced))?.release.release, '1.0.0');
	for (const [wrong, what] of [
		[text.replace('"bom":null', `"bom":"${'ab'.repeat(32)}"`), /not the one that the release names/],
		[text.replace('"class":"probe"', '"class":"pump"'), /class is not that of its path/],
		[text.replace('releases/hall/probe/1.0.0/image', 'releases/hall/probe/1.0.0/kernel'), /belongs to no release/],
	] as const)
		assert.throws(
			() => releasesShownIn({ ...served, [role]: wrong }),
			(error) => error instanceof Problem && what.test(error.detail),
		);
});

test('refreshes of one folder wait for each other: a slow one puts nothing old back', async () => {
	const { repository, two, online, following } = await begin();
	const first = await withRelease(repository, makeRelease('1.0.0'), two, now);
	const old = await publishFiles(first, online, now);
	const second = await withRelease(first, makeRelease('2.0.0'), two, now);
	const served = await publishFiles(second, online, now + 2000, old);
	const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
	const fetchOld = serving(() => old);
	const slow = followRelease(
		following,
		path,
		async (name, limit) => {
			if (name === 'metadata/timestamp.json') {
				asked.resolve();
				await answer.promise;
			}
			return fetchOld(name, limit);
		},
		now + 2000,
	);
	await asked.promise;
	const fast = followRelease(
		following,
		'releases/hall/probe/2.0.0/image',
		serving(() => served),
		now + 2000,
	);
	answer.resolve();
	assert.deepEqual(
		(await Promise.all([slow, fast])).map((found) => found?.release.release),
		['1.0.0', '2.0.0'],
	);
	await assert.rejects(
		followRelease(
			following,
			path,
			serving(() => old),
			now + 3000,
		),
		failsAs('roster-refused'),
	);
});
