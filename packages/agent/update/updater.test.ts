import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { days, type ErrorCode, Problem } from '@keyward/core';
import type { Release } from '@keyward/core/update';
import { until } from '@keyward/testing/agent/until';
import { ownSite } from '@keyward/testing/owner/owner';
import { releasesOf } from '@keyward/testing/owner/releases';
import { tarRelease } from '@keyward/testing/owner/tar-release';
import { startSite, type TestSite } from '@keyward/testing/service/site';
import { exercisePart } from '../enrolment/exercise-part.ts';
import { openIdentity } from '../identity/identity.ts';
import { type FilePatience, withOwnerFiles } from '../roster/fetch-file.ts';
import { followingOf } from '../roster/refresh.ts';
import { refreshRosterOf } from '../roster/device-roster.ts';
import { settingsFile, updateFolder } from './settings.ts';
import { type FollowedUpdates, followUpdates } from './follow-updates.ts';
import { openUpdater, type Updater } from './updater.ts';

const fails = (code: ErrorCode) => (error: unknown) => error instanceof Problem && error.code === code;

const CLASSES = ['signed', 'alone', 'failing', 'stalled', 'dated', 'ring'] as const;
const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 2, resistance: 0 }
mode: audit
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [] }
devices:
${CLASSES.map((name) => `  ${name}: { custody: [software], streams: [dose-rate] }`).join('\n')}
`;

const ends: (() => void | Promise<void>)[] = [];
after(async () => {
	for (const end of ends.toReversed()) await end();
});
let site: TestSite;
let place: string;
let publish: (made: Awaited<ReturnType<typeof tarRelease>>) => Promise<unknown>;

/** One site for all: each test has a class, and so releases, for itself. */
before(async () => {
	site = await startSite({ after: (end) => void ends.push(end) }, { policies: [policy], linkWorkers: 0 });
	const owner = await ownSite(site);
	await owner.publish();
	place = dirname(site.folder);
	({ publish } = releasesOf(site, owner, place));
});

const open = async (className: (typeof CLASSES)[number]) => {
	const { identity } = await site.commissionDevice('hall', className, className);
	const slots = join(place, `slots-${className}`);
	await mkdir(updateFolder(identity.folder), { recursive: true });
	await writeFile(settingsFile(identity.folder), JSON.stringify({ installer: 'directory', slots }));
	/** A start of the agent, until it ends. */
	const live = async <Value>(use: (updater: Updater) => Promise<Value>): Promise<Value> => {
		using updater = await openUpdater(await openIdentity(identity.folder));
		assert.ok(updater !== null);
		await updater.begin();
		return await use(updater);
	};
	const path = (version: string): string => `releases/hall/${className}/${version}/image`;
	const release = async (version: string, securityFloor: number, more: Partial<Release> = {}): Promise<void> => {
		const bom = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [] });
		await publish(await tarRelease(place, version, { class: className, securityFloor, ...more }, { bom }));
	};
	const take = async (version: string): Promise<void> => {
		const there = await live((updater) => updater.install(path(version), Date.now()));
		assert.equal(there.state, 'installed');
		assert.equal((await live((updater) => updater.connected())).state, 'confirmed');
	};
	return { release, identity, slots, live, path, take };
};

test('what the owner signed is fetched, installed and confirmed; what is below the floor is refused', async () => {
	const { release, identity, slots, live, path, take } = await open('signed');
	await release('1.0.0', 3);
	await release('2.0.0', 7);
	await take('1.0.0');
	const first = await live((updater) => updater.status());
	assert.equal(first.floor.release, 3);
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
	await release('3.0.0', 8, { installer: 'rauc' });
	await assert.rejects(
		live((updater) => updater.install(path('3.0.0'), Date.now())),
		fails('release-refused'),
	);
	// The site tries it with what lies below its floor, and sees it refuse; nothing else is meant for it.
	const look = () => live((updater) => updater.look(Date.now()));
	const floorFacts = async () => {
		await site.ask('posture', {});
		const [posture] = await site.ask('posture', { application: 'hall' });
		const { weakest = [] } = posture?.objectives.find(({ objective }) => objective === 'adaptability') ?? {};
		return weakest.find((one) => one.requirement === 'rollback-refused' && one.component.id === 'signed')?.reason;
	};
	assert.match((await floorFacts()) ?? '', /only claimed|no evidence/);
	const { assignment, refusal } = await look();
	assert.deepEqual([assignment?.release, refusal?.code], [path('1.0.0'), 'release-below-floor']);
	assert.equal(await floorFacts(), undefined);
	const after = await look();
	assert.deepEqual([after.assignment?.release, after.signed], [null, null]);
	assert.match(await readFile(join(slots, 'current', 'bin', 'program'), 'utf8'), /2\.0\.0/);

	// Who can write to the folder sets its state back to the day of the older release, in the middle of its installation.
	const file = join(updateFolder(identity.folder), 'state.json');
	const state = await readFile(file, 'utf8');
	const { running: older } = first;
	assert.ok(older !== null);
	for (const [phase, more] of [
		['installing', {}],
		['installed', { boot: '', starts: 0 }],
		['confirming', {}],
	] as const) {
		const back = { state: phase, target: older, slots: { from: 'b', to: 'a' }, ...more };
		await writeFile(file, JSON.stringify({ ...(JSON.parse(state) as object), phase: back }));
		const { phase: after, floor: still } = await live((updater) => updater.status());
		assert.ok(
			after.state === 'fallen-back' && /security floor 3, and this device has confirmed 7/.test(after.why),
			phase,
		);
		assert.equal(still.release, 7);
	}
});

test('one process at a time is at the updates; what runs is looked at', async () => {
	const { release, identity, slots, live, take } = await open('alone');
	await release('1.0.0', 3);
	await take('1.0.0');
	await live(async (updater) => {
		await assert.rejects(
			openIdentity(identity.folder).then((one) => openUpdater(one)),
			fails('store-in-use'),
		);
		assert.equal(await updater.inspect(), 'authentic');
		const before = await integrityOf('alone');
		assert.equal(before, 'no evidence');
		await updater.look(Date.now());
		assert.equal(await integrityOf('alone'), undefined);
		await writeFile(join(slots, 'current', 'bin', 'more'), 'x');
		await assert.rejects(updater.inspect(), fails('boot-log-mismatch'));
		await rm(join(slots, 'current', 'bin', 'more'));
		await writeFile(join(slots, 'current', 'bin', 'program'), '#!/bin/sh\necho 6.6.6\n');
		await assert.rejects(updater.inspect(), fails('boot-log-mismatch'));
	});
	// The next start says so to its site.
	await live((updater) => updater.look(Date.now()));
	assert.match((await integrityOf('alone')) ?? '', /claimed What runs is not what the owner signed/);
});

/** Why a device falls short of boot-verified. */
const integrityOf = async (device: string): Promise<string | undefined> => {
	const [posture] = await site.ask('posture', { application: 'hall' });
	const { weakest = [] } = posture?.objectives.find(({ objective }) => objective === 'integrity') ?? {};
	return weakest.find((one) => one.requirement === 'boot-verified' && one.component.id === device)?.reason;
};

test('a version that does not connect is fallen back from by its starts, and not taken again unasked', async () => {
	const { release, slots, live, path, take } = await open('failing');
	await release('1.0.0', 3);
	await take('1.0.0');
	await release('2.0.0', 7);
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

	// Both slots bad: the one before is gone. What there is stays, and the next release goes in beside it.
	await rm(join(slots, 'a'), { recursive: true });
	let stuck = await live((updater) => updater.judgeTrial(0));
	while (stuck.state === 'installed') stuck = await live((updater) => updater.judgeTrial(0));
	assert.ok(stuck.state === 'fallen-back' && /and it stays, for .*a is not there any more$/.test(stuck.why));
	assert.match(await readFile(join(slots, 'current', 'bin', 'program'), 'utf8'), /2\.0\.0/);
	await release('2.0.1', 7);
	await take('2.0.1');
	assert.match(await readFile(join(slots, 'current', 'bin', 'program'), 'utf8'), /2\.0\.1/);
});

test('a mirror that stalls, or gives a byte now and then, is given up', async (t) => {
	const { identity } = await open('stalled');
	const { port } = new URL(identity.serviceUrl);
	let stalls = false;
	const proxy = createServer((client) => {
		const upstream = connect(Number(port), 'localhost');
		client.pipe(upstream);
		upstream.on('data', (bytes) => stalls || client.write(bytes));
		for (const [one, other] of [
			[client, upstream],
			[upstream, client],
		] as const)
			one.on('error', () => other.destroy()).on('close', () => other.destroy());
	});
	t.after(() => proxy.close());
	await once(proxy.listen(0, 'localhost'), 'listening');
	const behind = { ...identity, serviceUrl: `https://localhost:${(proxy.address() as AddressInfo).port}` };
	const following = followingOf(identity);
	assert.ok(following !== null);
	const ask = (patience?: FilePatience) =>
		withOwnerFiles(
			...([behind, following.owner] as const),
			async (fetch) => {
				const first = await fetch('metadata/1.root.json', 100_000);
				stalls = true;
				return [first, await fetch('metadata/timestamp.json', 100_000)];
			},
			patience,
		);
	await assert.rejects(ask({ silent: 200, whole: 60_000 }), fails('site-unreachable'));
	stalls = false;
	await assert.rejects(ask({ silent: 60_000, whole: 0 }), fails('site-unreachable'));
});

test('a clock that is set back revives nothing: the owner dated a roster since', async () => {
	const { release, identity, live, path, take } = await open('dated');
	await release('1.0.0', 3);
	await refreshRosterOf(await openIdentity(identity.folder), Date.now());
	await take('1.0.0');
	const { floor } = await live((updater) => updater.status());
	assert.ok(Math.abs(Date.now() - floor.time) < days(1));
	// Years ahead, everything has expired; and that leaves nothing behind.
	await assert.rejects(
		live((updater) => updater.install(path('1.0.0'), Date.now() + days(3650))),
		fails('roster-stale'),
	);
	// It goes on telling its site how it is, and that its software is whole; that it is signed, nobody can tell then.
	const late = await live((updater) => updater.look(Date.now() + days(3650)));
	assert.deepEqual([late.assignment?.release, await integrityOf('dated')], [null, undefined]);
	assert.equal((await live((updater) => updater.status())).floor.time, floor.time);
	assert.equal((await live((updater) => updater.install(path('1.0.0'), 0))).state, 'confirmed');
});

test('a device takes by itself what a rollout means for it, and the site sees it go the whole way', async () => {
	const { release, identity, slots, live } = await open('ring');
	await release('4.0.0', 1);
	const terms = { rings: [], soak: 1, patience: 3_600_000, mostFailing: 0, spread: 0, bytesPerSecond: null };
	const { id } = await site.ask('rollout.start', { application: 'hall', version: '4.0.0', terms });
	const stage = async () => (await site.ask('rollout.show', { id })).devices[0]?.stage;
	/** A start of the agent, until its update is in this state and `then` is over. */
	const life = async (state: string, begin: (updates: FollowedUpdates) => void, then = async () => {}) => {
		const [end, reached] = [new AbortController(), Promise.withResolvers<void>()];
		const updates = await followUpdates({
			...{ identity: await openIdentity(identity.folder), now: Date.now, wanted: true },
			exercise: exercisePart(
				identity.folder,
				() => {},
				async () => {},
			),
			report: (event) => {
				if (event.event === 'update-failed') reached.reject(new Error(event.detail));
				else if (event.state === state) reached.resolve();
			},
		});
		assert.ok(updates !== null);
		const following = updates.follow(end.signal);
		begin(updates);
		await reached.promise;
		await then();
		end.abort();
		await following;
	};
	await life('installed', () => {});
	assert.equal(await stage(), 'offered');
	// It connects, and the site hears of it at once.
	await life(
		'confirmed',
		(updates) => updates.connected(),
		() => until('it is watched', async () => (await stage()) === 'installed'),
	);
	await live((updater) => updater.look(Date.now()));
	await until('it does well', async () => (await stage()) === 'well');
	const { rollout, devices } = await site.ask('rollout.show', { id });
	assert.deepEqual([devices.length, devices[0]?.fetched !== null, rollout.version], [1, true, '4.0.0']);
	assert.match(await readFile(join(slots, 'current', 'bin', 'program'), 'utf8'), /4\.0\.0/);
});
