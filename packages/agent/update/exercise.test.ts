import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { profilePublicKey } from '@keyward/core/format';
import { ownSite } from '@keyward/testing/owner/owner';
import { startSite } from '@keyward/testing/service/site';
import { exercisePart } from '../enrolment/exercise-part.ts';
import { openIdentity } from '../identity/identity.ts';
import { raiseLink } from '../link/link-floor.ts';
import { settingsFile, updateFolder } from './settings.ts';
import { openUpdater } from './updater.ts';

test('a device goes over to the kind of key and the link that an exercise asks for, and back to what it had', async (t) => {
	const hybrid = [{ port: 0, floor: 'tls1.3-pq' }] as const;
	const site = await startSite(t, { linkWorkers: 1, listeners: hybrid, httpsListeners: hybrid });
	const owner = await ownSite(site);
	await owner.publish();
	const { identity } = await site.commissionDevice('hall', 'keys');
	const { folder, mqttUrl } = identity;
	await mkdir(updateFolder(folder), { recursive: true });
	await writeFile(settingsFile(folder), JSON.stringify({ installer: 'directory', slots: join(folder, 'slots') }));
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
	await site.ask('agility.start', { ...hall, over: 0, kind: 'P-384', link: 'tls1.3-pq' });
	await site.ask('agility.pause', { ...hall, reason: 'a holiday' });
	assert.deepEqual(await turn(), ['P-256', 'tls1.3', 'asked', null], 'nobody is asked meanwhile');
	await site.ask('agility.resume', hall);
	assert.deepEqual(await turn(), ['P-384', 'tls1.3-pq', 'done', null]);
	assert.notEqual(links[0], mqttUrl);
	await site.ask('agility.back', hall);
	assert.deepEqual(await turn(), ['P-256', 'tls1.3', 'done', null]);
	assert.equal(links[1], mqttUrl);
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
