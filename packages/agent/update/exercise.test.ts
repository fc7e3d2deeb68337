import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { profilePublicKey } from '@keyward/core/format';
import { signRefusal } from '@keyward/core/command';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { startSite, type TestSite } from '@keyward/testing/service/site';
import { exercisePart } from '../enrolment/exercise-part.ts';
import { openIdentity } from '../identity/identity.ts';
import { withOwnerFiles } from '../roster/fetch-file.ts';
import { raiseLink } from '../link/link-floor.ts';
import { settingsFile, updateFolder } from './settings.ts';
import { openUpdater } from './updater.ts';

const ends: (() => void | Promise<void>)[] = [];
after(async () => {
	for (const end of ends.toReversed()) await end();
});
let site: TestSite;
let publish: (made: ReturnType<typeof makeRelease>) => Promise<unknown>;
before(async () => {
	const hybrid = [{ port: 0, floor: 'tls1.3-pq' }] as const;
	const options = { linkWorkers: 1, listeners: hybrid, httpsListeners: hybrid };
	site = await startSite({ after: (end) => void ends.push(end) }, options);
	const owner = await ownSite(site);
	await owner.publish();
	({ publish } = releasesOf(site, owner, dirname(site.folder)));
});

/** An exercise asks nobody before the whole second at which it begins. */
const beginning = async (started: number): Promise<void> => {
	assert.equal(started % 1000, 0);
	while (Date.now() < started) await sleep(50);
};

/** A device that follows updates into a directory. */
const join = async (device: string) => {
	const { identity } = await site.commissionDevice('hall', device);
	const { folder } = identity;
	await mkdir(updateFolder(folder), { recursive: true });
	await writeFile(settingsFile(folder), JSON.stringify({ installer: 'directory', slots: `${folder}/slots` }));
	return identity;
};

test('a device goes over to the kind of key and the link that an exercise asks for, and back to what it had', async () => {
	const { folder, mqttUrl } = await join('keys');
	const links: (string | undefined)[] = [];
	const part = exercisePart(
		folder,
		() => {},
		async () => void links.push((await openIdentity(folder)).mqttUrl),
	);
	/** One look of its agent; what it is then, and how far the site holds it to be. */
	const turn = async () => {
		using updater = await openUpdater(await openIdentity(folder), undefined, part.said);
		const { assignment } = (await updater?.look(Date.now())) ?? { assignment: null };
		if (assignment !== null) await part.obey(assignment.exercise);
		await updater?.tell();
		const { devices } = await site.ask('agility.show', { application: 'hall' });
		const { leaf, floor } = await openIdentity(folder);
		const standing = devices.find(({ device }) => device === 'keys');
		return [profilePublicKey(leaf.publicKey)?.algorithm, floor, standing?.state, standing?.said?.failed];
	};
	const hall = { application: 'hall' };
	const { started } = await site.ask('agility.start', { ...hall, over: 0, kind: 'P-384', link: 'tls1.3-pq' });
	await beginning(started);
	await site.ask('agility.pause', { ...hall, reason: 'a holiday' });
	assert.deepEqual(await turn(), ['P-256', 'tls1.3', 'asked', null], 'nobody is asked meanwhile');
	const refused = { code: 'exercise-refused' } as const;
	await assert.rejects(
		site.ask('agility.start', { ...hall, over: 0 }),
		refused,
		'it would take the place of the first',
	);
	await site.ask('agility.resume', hall);
	await assert.rejects(site.ask('agility.resume', hall), refused);
	assert.deepEqual(await turn(), ['P-384', 'tls1.3-pq', 'done', null]);
	assert.notEqual(links[0], mqttUrl);
	await site.ask('agility.back', hall);
	await assert.rejects(site.ask('agility.start', { ...hall, over: 0, kind: 'Ed25519' }), {
		...refused,
		message: /on its way back/,
	});
	assert.deepEqual(await turn(), ['P-256', 'tls1.3', 'done', null]);
	assert.equal(links[1], mqttUrl);
	await assert.rejects(site.ask('agility.pause', { ...hall, reason: 'late' }), refused, 'nobody is asked any more');
	await assert.rejects(site.ask('agility.back', hall), { code: 'exercise-refused' });
	// By the site's word a device moves to another port of its host, and to no other host; what nothing answers is not taken up.
	const { serviceUrl: service, estUrl: est } = await openIdentity(folder);
	const raised = { floor: 'tls1.3-pq', service, est } as const;
	await assert.rejects(raiseLink(folder, { ...raised, mqtt: 'mqtts://other.example:8883' }), {
		code: 'request-malformed',
	});
	await assert.rejects(raiseLink(folder, { ...raised, mqtt: 'mqtts://localhost:1' }), { code: 'site-unreachable' });
	assert.deepEqual([(await openIdentity(folder)).floor, (await openIdentity(folder)).mqttUrl], ['tls1.3', mqttUrl]);
});

test('why a device does not take a release, it signs: what it did not sign, or another did, is shown as no word of its', async () => {
	const identity = await join('refuses');
	await publish(makeRelease('2.0.0', { installer: 'rauc' }, { bom: '{"bomFormat":"CycloneDX","specVersion":"1.6"}' }));
	const terms = { rings: [], soak: 0, patience: 3_600_000, mostFailing: 1, spread: 0, bytesPerSecond: null };
	const named = { ...terms, rings: [{ kind: 'devices' as const, devices: ['refuses'] }] };
	const { id } = await site.ask('rollout.start', { application: 'hall', version: '2.0.0', terms: named });
	using updater = await openUpdater(await openIdentity(identity.folder));
	assert.equal((await updater?.look(Date.now()))?.refusal?.code, 'release-refused');
	const shown = async () => (await site.ask('device.show', { application: 'hall', device: 'refuses' })).refused;
	const refused = await shown();
	assert.deepEqual([refused?.code, refused?.signed], ['release-refused', true]);
	assert.match(refused?.detail ?? '', /for the installer rauc, and refuses has directory/);
	const { devices } = await site.ask('rollout.show', { id });
	assert.deepEqual(devices.find(({ device }) => device === 'refuses')?.refused, refused);

	// The receipt of another device, under this one's certificate.
	const { streamKey, keyStore } = await openIdentity((await join('other')).folder);
	assert.ok(streamKey !== undefined && refused !== null);
	const about = { application: 'hall', device: 'refuses', release: refused.release, sha256: new Uint8Array(32) };
	const word = { ...about, code: 'release-refused', detail: 'its disk is full', floor: 0, at: Date.now() } as const;
	const receipt = Buffer.from(await signRefusal(word, await keyStore.open(streamKey.name))).toString('base64');
	await withOwnerFiles(await openIdentity(identity.folder), identity.owner ?? '', async (_fetch, _part, call) => {
		const said = { release: refused.release, code: 'release-refused', receipt };
		await call('update.assignment', { running: null, floor: 0, state: 'idle', lastError: null, refused: said });
	});
	const forged = await shown();
	assert.deepEqual([forged?.signed, forged?.detail, forged?.receipt], [false, null, null]);
});

test('a device goes over to the next generation of its CA, and back to the one before it', async () => {
	const { folder, leaf } = await join('generations');
	const part = exercisePart(
		folder,
		() => {},
		() => Promise.reject(new Error('the link stays')),
	);
	const hall = { application: 'hall' };
	/** One look of its agent; gives the CA that it has then, and how far the site holds it to be. */
	const turn = async () => {
		using updater = await openUpdater(await openIdentity(folder), undefined, part.said);
		const { assignment } = (await updater?.look(Date.now())) ?? { assignment: null };
		assert.ok(assignment !== null);
		await part.obey(assignment.exercise);
		const { devices } = await site.ask('agility.show', hall);
		const now = await openIdentity(folder);
		return {
			issuer: Buffer.from(now.leaf.issuerName).toString('hex'),
			key: Buffer.from(now.leaf.publicKey).toString('hex'),
			state: devices.find(({ device }) => device === 'generations')?.state,
		};
	};
	const first = Buffer.from(leaf.issuerName).toString('hex');
	const { started } = await site.ask('agility.start', { ...hall, over: 0, newAuthority: true });
	await beginning(started);
	const there = await turn();
	assert.equal(there.state, 'done');
	assert.notEqual(there.issuer, first);
	assert.deepEqual(await turn(), there, 'once is enough');
	await site.ask('agility.back', hall);
	const back = await turn();
	assert.deepEqual([back.state, back.issuer], ['done', first]);
	assert.notEqual(back.key, there.key, 'a key that was destroyed does not come back');
	assert.deepEqual(await turn(), back);
});
