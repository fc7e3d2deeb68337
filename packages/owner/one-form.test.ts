import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, Problem } from '@keyward/core';
import { makeEphemeralKey } from '@keyward/custody';
import { makeOwner as makeKeys, rosterText, servedAsList, withRoster } from '@keyward/testing/owner/owner';
import { makeRelease, withRelease } from '@keyward/testing/owner/releases';
import { currentRoster, type FetchFile, refreshRoster } from './follow/index.ts';
import {
	type FileMap,
	prepareRelease,
	prepareRoster,
	publishFiles,
	type Repository,
	rotateRoot,
	signChange,
	tufKeyId,
} from './index.ts';
import { tufKey } from './repository/tuf-key.ts';

const now = Date.parse('2026-11-27T08:00:00Z');
const online = makeEphemeralKey();
const owner = await makeKeys(now, online.publicKey);
const two = owner.keys.slice(0, 2);
const [signer = online] = two;
const textOf = (number: number): string => rosterText(number, now, days(7));
const next = (repository: Repository, number: number): Promise<Repository> =>
	withRoster(repository, textOf(number), two);
const first = await next(owner.repository, 1);
const releases = await withRelease(first, makeRelease('1.0.0'), two, now);

type Signed = Record<'roles' | 'keys' | 'targets' | 'delegations', Record<string, object>>;

const refuses = async (base: FileMap, files: FileMap, why: RegExp): Promise<void> => {
	await assert.rejects(
		signChange({ base, files }, signer),
		(error) => error instanceof Problem && error.code === 'roster-refused' && why.test(error.detail),
		why.source,
	);
};
/** The files with something changed in what one of them says. */
const changed = (files: FileMap, file: string, change: (signed: Signed) => void): FileMap => {
	const json = JSON.parse(files[file] ?? '') as { signed: Signed };
	change(json.signed);
	return { ...files, [file]: JSON.stringify(json) };
};
const eve = makeEphemeralKey();
const eveKey = { [tufKeyId(eve.publicKey)]: tufKey(eve.publicKey).toJSON() };
const eveRole = (name: string, path: string): object => ({
	keys: eveKey,
	roles: [{ name, keyids: Object.keys(eveKey), threshold: 1, terminating: true, paths: [path] }],
});

test('a second version that is not shown is not signed, of a roster or of the root', async () => {
	const base = first.files;
	const roster = prepareRoster(first, 'hall', textOf(2));
	await signChange({ base, files: roster }, signer);
	const hidden = prepareRoster(await next(first, 2), 'hall', textOf(3));
	await refuses(base, { ...roster, ...hidden }, /two versions of rosters\/hall/);
	await refuses(base, hidden, /3\.rosters%2Fhall\.json is not the one after/);
	const terms = { ...owner.terms, now: now + days(1) };
	const root = rotateRoot(first, terms);
	await signChange({ base, files: root }, signer);
	await refuses(base, { ...root, '3.root.json': root['2.root.json'] ?? '' }, /two versions of root/);
	const { '2.root.json': second = '', ...others } = root;
	await refuses(base, { ...others, '3.root.json': second }, /3\.root\.json is not the one after/);
	// What is in force, with something else under its name.
	await refuses(base, { '1.rosters%2Fhall.json': base['1.rosters%2Fhall.json'] ?? '' }, /not the one after/);
});

test('what the words do not say is in nothing that is signed', async () => {
	const base = first.files;
	const says = /says something that is not shown/;
	const root = rotateRoot(first, { ...owner.terms, now: now + days(1) });
	const inRoot = (change: (signed: Signed) => void): Promise<void> =>
		refuses(base, changed(root, '2.root.json', change), says);
	// Words speak of the keys of the role root; anyone who has the role targets signs every roster.
	await inRoot(({ roles, keys }) => {
		Object.assign(keys, eveKey);
		Object.assign(roles, { targets: { keyids: Object.keys(eveKey), threshold: 1 } });
	});
	await inRoot(({ roles }) => void Object.assign(roles['targets'] ?? {}, { threshold: 1 }));
	await inRoot(({ keys }) => void Object.assign(keys, eveKey));
	await inRoot((signed) => void Object.assign(signed, { note: 'x' }));
	const roster = prepareRoster(first, 'hall', textOf(2));
	const file = '2.rosters%2Fhall.json';
	// Signed as a roster, and served as the list of rosters: another's roster would be that key's to sign.
	const delegating = { delegations: eveRole('rosters/yard', 'rosters/yard.json') };
	await refuses(
		base,
		changed(roster, file, (signed) => void Object.assign(signed, delegating)),
		says,
	);
	await refuses(
		base,
		changed(roster, file, ({ targets }) => {
			Object.assign(targets, { 'rosters/yard.json': { length: 1, hashes: { sha256: '0'.repeat(64) } } });
		}),
		says,
	);
	await refuses(
		base,
		changed(roster, file, (signed) => void Object.assign(signed, { version: 9 })),
		says,
	);
	const yard = prepareRoster(first, 'yard', textOf(1).replace('"hall"', '"yard"'));
	await signChange({ base, files: yard }, signer);
	const [list = ''] = Object.keys(yard).filter((name) => name.endsWith('.targets.json'));
	await refuses(
		base,
		changed(yard, list, ({ delegations }) => void Object.assign(delegations['keys'] ?? {}, eveKey)),
		says,
	);
	await refuses(
		base,
		changed(yard, list, ({ targets }) => {
			Object.assign(targets, { 'rosters/yard.json': { length: 1, hashes: { sha256: '0'.repeat(64) } } });
		}),
		says,
	);
	await refuses(base, { '1.mirrors.json': yard[list] ?? '' }, /nobody signs mirrors/);
	const terms = { expires: now + days(9), keep: 8 };
	const release = prepareRelease(releases, makeRelease('1.1.0').contents, terms);
	await signChange({ base: releases.files, files: release }, signer);
	const [image = ''] = Object.keys(release);
	await refuses(
		releases.files,
		changed(release, image, ({ targets }) => {
			for (const one of Object.values<object>(targets)) Object.assign(one, { path: '/tmp' });
		}),
		says,
	);
});

test('an old roster that is served as the list of rosters, under a newer version, takes nothing back', async () => {
	const repositories = [first];
	for (let number = 2; number <= 4; number++) repositories.push(await next(repositories.at(-1) ?? first, number));
	const newest = repositories.at(-1) ?? first;
	const folder = temporaryFolder('kw-owner-');
	const following = { folder, owner: newest.pin, application: 'hall' };
	let files = await publishFiles(newest, online, now);
	const fetch: FetchFile = async (path) => {
		const text = files[path.startsWith('metadata/') ? path.slice('metadata/'.length) : path];
		return text === undefined ? null : Buffer.from(text);
	};
	const before = await refreshRoster(following, fetch, now);
	assert(before.state === 'current' && before.roster.number === 4);
	files = await publishFiles(servedAsList(newest, 'hall', 3), online, now + 60_000, files);
	await assert.rejects(
		refreshRoster(following, fetch, now),
		(error) => error instanceof Problem && /rosters\/hall\.json is signed by the list/.test(error.detail),
	);
	const still = await currentRoster(following, now);
	assert(still.state === 'current' && still.roster.number === 4);
});
