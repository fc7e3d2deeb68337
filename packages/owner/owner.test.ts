import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, type ErrorCode, hours, Problem } from '@keyward/core';
import { ephemeralKeyStore, makeEphemeralKey } from '@keyward/custody';
import { currentRoster, type FetchFile, refreshRoster } from './follow/index.ts';
import { rosterFolder } from './follow/follow.ts';
import {
	beginRepository,
	type FileMap,
	filesAfter,
	missingSignatures,
	parseChange,
	prepareRoster,
	publishFiles,
	readRepository,
	refreshTimestamp,
	requireCurrent,
	requireForward,
	rotateRoot,
	signChange,
	writeChange,
} from './index.ts';
import { makeOwner as makeKeys, rosterText, signedBy, withRoster } from '@keyward/testing/owner/owner';

const now = Date.parse('2026-11-27T08:00:00Z');

/** A service that serves these files. */
const serving =
	(files: () => FileMap): FetchFile =>
	async (path) => {
		const text = files()[path.startsWith('metadata/') ? path.slice('metadata/'.length) : path];
		return text === undefined ? null : Buffer.from(text);
	};

const makeOwner = async (at: number) => {
	const online = makeEphemeralKey();
	return { online, ...(await makeKeys(at, online.publicKey)) };
};

const failsAs =
	(code: ErrorCode, detail = /./) =>
	(error: unknown): boolean =>
		error instanceof Problem && error.code === code && detail.test(error.detail);

const follower = async (owner: string) => {
	const folder = temporaryFolder('kw-owner-');
	return { folder, owner, application: 'hall' };
};

test('a roster signed by two of three reaches a device that pins the root, and its keys are in any store', async () => {
	const store = ephemeralKeyStore();
	const keys = [await store.create('a', 'P-256'), await store.create('b', 'Ed25519'), await store.create('c', 'P-256')];
	const online = await store.create('online', 'P-256');
	const terms = {
		keys: keys.map(({ publicKey }) => publicKey),
		threshold: 2,
		online: online.publicKey,
		now,
		lasts: days(365),
	};
	const begun = await signedBy({ base: {}, files: beginRepository(terms) }, keys.slice(0, 2));
	const repository = readRepository(begun, null);
	const following = await follower(repository.pin);
	assert.deepEqual(await currentRoster(following, now), { state: 'stale', last: null });

	let files: FileMap = await publishFiles(repository, online, now);
	const fetch = serving(() => files);
	await assert.rejects(refreshRoster(following, fetch, now), failsAs('roster-stale', /no roster of hall yet/));

	const text = rosterText(1, now, days(7));
	const first = await withRoster(repository, text, keys.slice(1));
	files = await publishFiles(first, online, now + 1000, files);
	const got = await refreshRoster(following, fetch, now);
	assert(got.state === 'current');
	assert.equal(Buffer.from(got.bytes).toString(), text);
	assert.deepEqual([got.roster.number, got.roster.issued, got.roster.expires], [1, now, now + days(7)]);
	assert.equal(got.hash, first.rosters.get('hall')?.hash);
	assert.deepEqual([first.rosters.get('hall')?.threshold, first.rosters.get('hall')?.keys], [2, 3]);
	// Offline it counts until its own date.
	assert.equal((await currentRoster(following, now + days(7) - 1)).state, 'current');
	assert.equal((await currentRoster(following, now + days(7))).state, 'stale');
	assert.deepEqual(
		(await readdir(rosterFolder(following))).filter((name) => !name.endsWith('.json')),
		['lock.db'],
	);

	files = await refreshTimestamp(first, files, online, now + hours(6));
	assert.equal((await refreshRoster(following, fetch, now + hours(6))).state, 'current');
});

test('nobody but the pinned root is followed, and nothing goes back', async () => {
	const owner = await makeOwner(now);
	const other = await makeOwner(now);
	const [one, two] = [rosterText(1, now, days(7)), rosterText(2, now, days(7))];
	const first = await withRoster(owner.repository, one, owner.keys.slice(0, 2));
	const second = await withRoster(first, two, owner.keys.slice(1));
	const following = await follower(owner.repository.pin);
	let files: FileMap = {};
	const fetch = serving(() => files);
	const swapped = await withRoster(other.repository, one, other.keys.slice(0, 2));
	files = await publishFiles(swapped, other.online, now);
	await assert.rejects(refreshRoster(following, fetch, now), failsAs('owner-not-trusted'));

	files = await publishFiles(second, owner.online, now);
	assert.equal((await refreshRoster(following, fetch, now)).state, 'current');
	// The service's own key cannot take a roster back, whatever version it has.
	files = await publishFiles(first, owner.online, now + days(1));
	await assert.rejects(refreshRoster(following, fetch, now), failsAs('roster-refused', /version/));
	const still = await currentRoster(following, now);
	assert(still.state === 'current' && still.roster.number === 2);
	// An older timestamp.
	const newest = files;
	files = await publishFiles(second, owner.online, now - days(1));
	await assert.rejects(refreshRoster(following, fetch, now), failsAs('roster-refused', /version/));
	// Kept away: the timestamp runs out first.
	files = newest;
	await assert.rejects(refreshRoster(following, fetch, now + days(3)), failsAs('roster-stale'));
	assert.throws(() => requireForward(second, first), failsAs('roster-refused', /goes back|is gone/));
});

test('one stolen key under a threshold signs nothing, nor does a key given twice', async () => {
	const { keys, online, repository, terms } = await makeOwner(now);
	const [thief] = keys;
	assert(thief !== undefined);
	const change = { base: repository.files, files: prepareRoster(repository, 'hall', rosterText(1, now, days(7))) };
	const half = await signChange(change, thief);
	assert.deepEqual(
		missingSignatures(half).map(({ have, need }) => [have, need]),
		[
			[1, 2],
			[1, 2],
		],
	);
	assert.throws(() => readRepository(filesAfter(half), repository.pin), failsAs('roster-refused', /1\/2/));
	// Signed again by the same.
	assert.throws(() => readRepository({ ...filesAfter(half) }, repository.pin), failsAs('roster-refused'));
	const whole = await signChange(parseChange(writeChange(half)), keys[2] ?? thief);
	assert.deepEqual(missingSignatures(whole), []);
	assert.equal(readRepository(filesAfter(whole), repository.pin).rosters.get('hall')?.roster.number, 1);
	// A device is as strict as the service, where the service signs whatever it likes.
	const forged = { ...(await publishFiles(readRepository(filesAfter(whole), repository.pin), online, now)) };
	for (const file of Object.keys(half.files)) forged[file] = half.files[file] ?? '';
	const following = await follower(repository.pin);
	await assert.rejects(
		refreshRoster(
			following,
			serving(() => forged),
			now,
		),
		failsAs('roster-refused', /1\/2/),
	);

	const [key = new Uint8Array()] = terms.keys;
	assert.throws(
		() => beginRepository({ ...terms, keys: [key, key], threshold: 2 }),
		failsAs('request-malformed', /twice/),
	);
	assert.throws(() => beginRepository({ ...terms, threshold: 4 }), failsAs('request-malformed'));
	assert.throws(() => beginRepository({ ...terms, online: key }), failsAs('request-malformed', /service's key/));
	const stranger = await ephemeralKeyStore().create('x', 'P-256');
	await assert.rejects(signChange(change, stranger), failsAs('owner-not-trusted', /not one of the owner's/));
});

test('the root is rotated by the old keys and the new ones, and a device follows', async () => {
	const { keys, online, repository, terms } = await makeOwner(now);
	const first = await withRoster(repository, rosterText(1, now, days(7)), keys.slice(0, 2));
	const following = await follower(repository.pin);
	let files = await publishFiles(first, online, now);
	const fetch = serving(() => files);
	await refreshRoster(following, fetch, now);

	const fresh = await ephemeralKeyStore().create('fresh', 'P-256');
	const [, second, third] = keys;
	assert(second !== undefined && third !== undefined);
	const next = { ...terms, keys: [second, third, fresh].map(({ publicKey }) => publicKey), now: now + days(1) };
	const change = { base: first.files, files: rotateRoot(first, next) };
	// The new key and one of the old: two of the new root's, one of the old root's.
	const short = await signChange(await signChange(change, fresh), second);
	assert.deepEqual(
		missingSignatures(short).map(({ by }) => by),
		['root-before'],
	);
	assert.throws(() => readRepository(filesAfter(short), repository.pin), failsAs('roster-refused', /1\/2/));
	const rotated = readRepository(filesAfter(await signChange(short, third)), repository.pin);
	assert.equal(rotated.root.signed.version, 2);
	// What the key that is gone had signed is signed again, as it was.
	assert.equal(rotated.rosters.get('hall')?.hash, first.rosters.get('hall')?.hash);
	requireForward(first, rotated);
	const renewed = await withRoster(rotated, rosterText(2, now, days(7)), [third, fresh]);
	requireForward(first, renewed);
	requireCurrent(renewed, now);
	files = await publishFiles(renewed, online, now + days(1), files);
	const got = await refreshRoster(following, fetch, now + hours(1));
	assert(got.state === 'current');
	assert.equal(got.roster.number, 2);
});

test('what is damaged, endless or missing is refused and leaves the last roster', async () => {
	const { keys, online, repository } = await makeOwner(now);
	const first = await withRoster(repository, rosterText(1, now, days(7)), keys.slice(0, 2));
	const good = await publishFiles(first, online, now);
	const following = await follower(repository.pin);
	await refreshRoster(
		following,
		serving(() => good),
		now,
	);
	const fresh = async () => {
		const other = await follower(repository.pin);
		await refreshRoster(
			other,
			serving(() => good),
			now,
		);
		return other;
	};
	const second = await withRoster(first, rosterText(2, now, days(7)), keys.slice(0, 2));
	const newer = await publishFiles(second, online, now + 5000, good);
	for (const file of Object.keys(newer).filter((name) => good[name] === undefined || name === 'timestamp.json')) {
		for (const at of [0, 1, 20, Math.floor((newer[file] ?? '').length / 2), (newer[file] ?? '').length - 2]) {
			const cut = { ...newer, [file]: (newer[file] ?? '').slice(0, at) };
			await assert.rejects(
				refreshRoster(
					await fresh(),
					serving(() => cut),
					now,
				),
				failsAs('roster-refused'),
				`${file} at ${at}`,
			);
		}
		const endless: FetchFile = async (path, limit) =>
			path.endsWith(file) ? new Uint8Array(limit + 1) : serving(() => newer)(path, limit);
		await assert.rejects(refreshRoster(await fresh(), endless, now), failsAs('packet-too-large'));
		const rest = Object.fromEntries(Object.entries(newer).filter(([name]) => name !== file));
		await assert.rejects(
			refreshRoster(
				await fresh(),
				serving(() => rest),
				now,
			),
			(error) => error instanceof Problem,
		);
	}
	const away: FetchFile = async () => {
		throw new Problem('site-unreachable', 'nobody there');
	};
	await assert.rejects(refreshRoster(following, away, now), failsAs('site-unreachable'));
	const still = await currentRoster(following, now);
	assert(still.state === 'current' && still.roster.number === 1);
	assert.equal(
		(
			await refreshRoster(
				following,
				serving(() => newer),
				now,
			)
		).state,
		'current',
	);
	await writeFile(join(rosterFolder(following), 'roster.json'), '{}');
	await assert.rejects(currentRoster(following, now), failsAs('roster-malformed'));
});

test('keys of other kinds are refused by name', () => {
	const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' });
	const terms = { keys: [rsa], threshold: 1, online: rsa, now, lasts: days(1) };
	assert.throws(() => beginRepository(terms), failsAs('key-form', /P-256 or Ed25519/));
	assert.throws(() => beginRepository({ ...terms, keys: [new Uint8Array(9)] }), failsAs('key-form'));
});
