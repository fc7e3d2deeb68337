import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { refreshRosterOf, rosterOf } from '@keyward/agent';
import { days, type ErrorCode, Problem } from '@keyward/core';
import { makeOwner, ownSite, rosterText, withRoster } from '@keyward/testing/owner/owner';
import { hallPolicy, startSite } from '@keyward/testing/service/site';

const failsAs =
	(code: ErrorCode, detail = /./) =>
	(error: unknown): boolean =>
		error instanceof Problem && error.code === code && detail.test(error.detail);

test('what the owner did not sign is not taken, nor another owner, nor what does not fit the policy', async (t) => {
	const strict = hallPolicy.replace('authorization: 2', 'authorization: 4');
	const site = await startSite(t, { policies: [strict], linkWorkers: 0 });
	const online = Uint8Array.from(Buffer.from((await site.ask('owner.show', {})).onlineKey, 'base64'));
	const foreign = await makeOwner(Date.now());
	await assert.rejects(
		site.ask('owner.publish', { files: foreign.repository.files }),
		failsAs('roster-refused', /another key/),
	);
	const owner = await ownSite(site);
	const other = await makeOwner(Date.now(), online);
	await assert.rejects(site.ask('owner.publish', { files: other.repository.files }), failsAs('owner-not-trusted'));
	await assert.rejects(owner.publish({}, days(2)), failsAs('roster-refused', /roster-age/));
	const late = await withRoster(
		owner.repository(),
		rosterText(1, Date.now() - days(1), days(1) - 1),
		owner.keys.slice(1),
	);
	await assert.rejects(site.ask('owner.publish', { files: late.files }), failsAs('roster-stale'));
	await assert.rejects(owner.publish({ application: 'elsewhere' }), failsAs('policy-unknown-application'));
	assert.deepEqual((await site.ask('owner.show', {})).rosters, []);
	await assert.rejects(site.ask('owner.publish', { files: { '2.root.json': '{' } }), failsAs('roster-refused'));
});

test('a roster is for its own application, and for nobody without a certificate', async (t) => {
	const site = await startSite(t, { policies: [hallPolicy, hallPolicy.replace('hall', 'yard')], linkWorkers: 0 });
	const owner = await ownSite(site);
	const strange = await site.commissionDevice('yard', 'probe-1');
	await owner.publish();
	const roster = owner.repository().rosters.get('hall');
	await assert.rejects(refreshRosterOf(strange.identity, Date.now()), failsAs('roster-stale', /no roster of yard/));
	const own = await site.commissionDevice('hall', 'probe-1');
	// The same folder would be asked for another application: the service does not hand its roster out.
	await assert.rejects(
		refreshRosterOf({ ...strange.identity, application: 'hall' }, Date.now()),
		failsAs('not-granted'),
	);
	assert.equal((await refreshRosterOf(own.identity, Date.now()))?.state, 'current');
	const url = `${site.url}/v1/owner/metadata/timestamp.json`;
	await assert.rejects(fetch(url));
	assert(roster !== undefined);
});

test('a site with an owner, and without what it keeps of that owner', async (t) => {
	const site = await startSite(t, { linkWorkers: 0 });

	await t.test(
		'a roster reaches the devices and readers that were commissioned with its owner, across a restart',
		async () => {
			const early = await site.commissionDevice('hall', 'early');
			assert.equal(await rosterOf(early.identity, Date.now()), null);
			const owner = await ownSite(site);
			assert.equal((await site.ask('owner.show', {})).owner, owner.pin);
			const [device, reader] = [
				await site.commissionDevice('hall', 'probe-1'),
				await site.commissionReader('hall', 'desk'),
			];
			assert.equal(device.identity.owner, owner.pin);
			await assert.rejects(refreshRosterOf(device.identity, Date.now()), failsAs('roster-stale', /no roster of hall/));
			await owner.publish();
			for (const { identity } of [device, reader]) {
				const got = await refreshRosterOf(identity, Date.now());
				assert(got?.state === 'current');
				assert.equal(got.hash, owner.repository().rosters.get('hall')?.hash);
			}
			await site.restart();
			const second = await owner.publish();
			const got = await refreshRosterOf(device.identity, Date.now());
			assert(got?.state === 'current');
			assert.equal(got.roster.number, 2);
			// An older one is not taken, not by the operator either.
			await assert.rejects(
				site.ask('owner.publish', {
					files: (await withRoster(second, rosterText(1, Date.now(), days(1)), owner.keys)).files,
				}),
				failsAs('roster-refused', /goes back/),
			);
			const facts = await site.ask('posture', { application: 'hall' });
			assert.equal(facts.length, 1);
		},
	);

	await t.test('a file of the owner that is gone stops the site with what to do', async () => {
		let home = '';
		await assert.rejects(
			site.restart(async (folder) => {
				home = folder;
				await rm(join(folder, 'owner/repository/1.root.json'));
			}),
			failsAs('store-failed', /restore it/),
		);
		await writeFile(join(home, 'owner/current.json'), JSON.stringify({ files: [], timestamp: '' }));
		await site.restart();
		assert.equal((await site.ask('owner.show', {})).owner, null);
	});
});
