import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { days, type ErrorCode, Problem } from '@keyward/core';
import { ownSite } from '@keyward/testing/owner/owner';
import { releasesOf } from '@keyward/testing/owner/releases';
import { tarRelease } from '@keyward/testing/owner/tar-release';
import { startSite } from '@keyward/testing/service/site';
import { openIdentity } from '../identity/identity.ts';
import { refreshRosterOf } from '../roster/device-roster.ts';
import { settingsFile, updateFolder } from './settings.ts';
import { openUpdater, type Updater } from './updater.ts';

const fails = (code: ErrorCode) => (error: unknown) => error instanceof Problem && error.code === code;

const open = async (t: TestContext) => {
	const site = await startSite(t);
	const owner = await ownSite(site);
	const place = dirname(site.folder);
	const { publish } = releasesOf(site, owner, place);
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const slots = await mkdtemp(join(tmpdir(), 'kw-slots-'));
	t.after(() => rm(slots, { recursive: true, force: true }));
	await mkdir(updateFolder(identity.folder), { recursive: true });
	await writeFile(settingsFile(identity.folder), JSON.stringify({ installer: 'directory', slots }));
	/** A start of the agent, until it ends. */
	const live = async <Value>(use: (updater: Updater) => Promise<Value>): Promise<Value> => {
		using updater = await openUpdater(await openIdentity(identity.folder));
		assert.ok(updater !== null);
		await updater.begin();
		return await use(updater);
	};
	const path = (version: string): string => `releases/hall/probe/${version}/image`;
	const take = async (version: string): Promise<void> => {
		const there = await live((updater) => updater.install(path(version), Date.now()));
		assert.equal(there.state, 'installed');
		assert.equal((await live((updater) => updater.connected())).state, 'confirmed');
	};
	return { owner, place, publish, identity, slots, live, path, take };
};

test('what the owner signed is fetched, installed and confirmed; what is below the floor is refused', async (t) => {
	const { place, publish, slots, live, path, take } = await open(t);
	await publish(await tarRelease(place, '1.0.0', { securityFloor: 3 }));
	await publish(await tarRelease(place, '2.0.0', { securityFloor: 7 }));
	await take('1.0.0');
	assert.equal((await live((updater) => updater.status())).floor.release, 3);
	await take('2.0.0');
	const { running, floor } = await live((updater) => updater.status());
	assert.deepEqual([running?.release, floor.release], ['2.0.0', 7]);
	assert.match(await readFile(join(slots, 'current', 'bin', 'program'), 'utf8'), /2\.0\.0/);
	// Signed, in force, and older: that the site asks for it changes nothing.
	await assert.rejects(
		live((updater) => updater.install(path('1.0.0'), Date.now())),
		fails('release-below-floor'),
	);
	await assert.rejects(
		live((updater) => updater.install(path('9.9.9'), Date.now())),
		fails('release-refused'),
	);
	await publish(await tarRelease(place, '3.0.0', { securityFloor: 8, installer: 'rauc' }));
	await assert.rejects(
		live((updater) => updater.install(path('3.0.0'), Date.now())),
		fails('release-refused'),
	);
	const { assignment, signed } = await live((updater) => updater.look(Date.now()));
	assert.deepEqual([assignment?.release, signed], [null, null]);
});

test('one process at a time is at the updates; what runs is looked at', async (t) => {
	const { identity, place, publish, slots, live, take } = await open(t);
	await publish(await tarRelease(place, '1.0.0', { securityFloor: 3 }));
	await take('1.0.0');
	await live(async (updater) => {
		await assert.rejects(
			openIdentity(identity.folder).then((one) => openUpdater(one)),
			fails('store-in-use'),
		);
		assert.equal(await updater.inspect(), 'authentic');
		await writeFile(join(slots, 'current', 'bin', 'more'), 'x');
		await assert.rejects(updater.inspect(), fails('boot-log-mismatch'));
		await rm(join(slots, 'current', 'bin', 'more'));
		await writeFile(join(slots, 'current', 'bin', 'program'), '#!/bin/sh\necho 6.6.6\n');
		await assert.rejects(updater.inspect(), fails('boot-log-mismatch'));
	});
});

test('a version that does not connect is fallen back from by its starts, and not taken again unasked', async (t) => {
	const { place, publish, slots, live, path, take } = await open(t);
	await publish(await tarRelease(place, '1.0.0', { securityFloor: 3 }));
	await take('1.0.0');
	await publish(await tarRelease(place, '2.0.0', { securityFloor: 7 }));
	await live((updater) => updater.install(path('2.0.0'), Date.now()));
	const states: string[] = [];
	for (let start = 0; start < 4; start++) states.push((await live((updater) => updater.judgeTrial(0))).state);
	assert.deepEqual(states, ['installed', 'installed', 'installed', 'fallen-back']);
	assert.match(await readFile(join(slots, 'current', 'bin', 'program'), 'utf8'), /1\.0\.0/);
	assert.equal((await live((updater) => updater.status())).floor.release, 3);
	await assert.rejects(
		live((updater) => updater.install(path('2.0.0'), Date.now())),
		fails('release-refused'),
	);
	assert.equal((await live((updater) => updater.install(path('2.0.0'), Date.now(), true))).state, 'installed');
});

test('a clock that is set back revives nothing: the owner dated a roster since', async (t) => {
	const { owner, place, publish, identity, live, path, take } = await open(t);
	await owner.publish();
	await publish(await tarRelease(place, '1.0.0', { securityFloor: 3 }));
	await refreshRosterOf(await openIdentity(identity.folder), Date.now());
	await take('1.0.0');
	const { floor } = await live((updater) => updater.status());
	assert.ok(Math.abs(Date.now() - floor.time) < days(1));
	// Years ahead, everything has expired; and that leaves nothing behind.
	await assert.rejects(
		live((updater) => updater.install(path('1.0.0'), Date.now() + days(3650))),
		fails('roster-stale'),
	);
	assert.equal((await live((updater) => updater.status())).floor.time, floor.time);
	assert.equal((await live((updater) => updater.install(path('1.0.0'), 0))).state, 'confirmed');
});
