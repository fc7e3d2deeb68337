import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { refreshRosterOf } from '@keyward/agent';
import { startSite } from '@keyward/testing/service/site';
import { keyward } from './keyward.fixture.ts';

const folderOf = async (): Promise<string> => {
	const folder = temporaryFolder('kw-owner-');
	return folder;
};

/** Of the tests whose owner is on the same laptop. */
const laptop = await startSite({ after }, { operatorSocket: true, linkWorkers: 0 });

const held = async (words: readonly string[], data?: string): Promise<string> => {
	const { status, stdout, stderr } = await keyward(words, data);
	assert.equal(status, 0, `keyward ${words.join(' ')}: ${stdout}${stderr}`);
	return stdout + stderr;
};

const grant = ['grant', 'desk', '--application', 'hall', '--stream', 'dose-rate', '--purpose', 'watch'];

test('a small site has its owner on the same laptop: init, then a grant in one command', async () => {
	const site = laptop;
	const home = join(await folderOf(), 'owner');
	const made = await held(['owner', 'init', '--folder', home, '--yes'], site.folder);
	assert.match(made, /A NEW OWNER: 1 of 1 keys must sign/);
	const pin = /root is ([0-9a-f]{64})/.exec(made)?.[1] ?? '';
	const reader = await site.commissionReader('hall', 'desk');
	const device = await site.commissionDevice('hall', 'probe-1');
	assert.equal(device.identity.owner, pin);

	const granted = await held([...grant, '--sign', home, '--yes'], site.folder);
	assert.match(granted, /desk GAINS dose-rate/);
	assert.match(granted, /device probe-1 is NEW; its stream key is [0-9a-f]{64}/);
	assert.match(granted, /desk has the key [0-9a-f]{64}/);
	const got = await refreshRosterOf(reader.identity, Date.now());
	assert(got?.state === 'current');
	assert.deepEqual(got.roster.readers.get('desk')?.streams, ['dose-rate']);
	const [listed] = await site.ask('grant.list', { application: 'hall' });
	assert.equal(listed?.held, 'roster');

	const shown = JSON.parse(await held(['owner', 'show', '--folder', home, '--json'], site.folder)) as { owner: string };
	assert.equal(shown.owner, pin);
	const taken = await held(['revoke', 'grant', listed.id, '--sign', home, '--yes'], site.folder);
	assert.match(taken, /desk LOSES dose-rate/);
	assert.deepEqual(await site.ask('grant.list', { application: 'hall' }), []);
	const again = await keyward(['owner', 'init', '--folder', home, '--yes'], site.folder);
	assert.match(again.stderr, /has an owner already/);
});

test('two of three sign on machines of their own; a foreign owner, a foreign key and a hidden one sign nothing', async (t) => {
	const site = await startSite(t, { operatorSocket: true, linkWorkers: 0 });
	const place = await folderOf();
	const at = (name: string): string => join(place, name);
	for (const name of ['b', 'c']) await writeFile(at(`${name}.pub`), await held(['owner', 'key', '--folder', at(name)]));
	const change = at('change.json');
	const init = [
		'owner',
		'init',
		'--folder',
		at('a'),
		'--with',
		at('b.pub'),
		at('c.pub'),
		'--threshold',
		'2',
		'--out',
		change,
	];
	assert.match((await keyward([...init, '--yes'], site.folder)).stdout, /1 more signature/);
	const early = await keyward(['roster', 'publish', change], site.folder);
	assert.deepEqual([early.status, /has 1 of 2 signatures that are good/.test(early.stdout)], [1, true]);
	assert.equal((await site.ask('owner.show', {})).owner, null);
	assert.match((await keyward(['roster', 'sign', change, '--folder', at('b')])).stderr, /no terminal to ask on/);
	assert.match(await held(['roster', 'sign', change, '--folder', at('b'), '--yes']), /Signed by enough/);
	await held(['roster', 'publish', change], site.folder);
	assert.equal((await site.ask('owner.show', {})).root?.threshold, 2);

	await site.commissionReader('hall', 'desk');
	await site.commissionDevice('hall', 'probe-1');
	const roster = at('roster.json');
	const [, ...stays] = [0, 'roster', 'prepare', '--application', 'hall', '--out', roster];
	await held(stays.map(String), site.folder);
	await held(['roster', 'sign', roster, '--folder', at('c'), '--yes']);
	assert.match(await held(['roster', 'show', roster]), /has 1 of 2 signatures/);
	// Of two keys under a threshold, one is not enough, and the site says so.
	const half = JSON.parse(await readFile(roster, 'utf8')) as {
		base: Record<string, string>;
		files: Record<string, string>;
	};
	await assert.rejects(site.ask('owner.publish', { files: { ...half.base, ...half.files } }), /1\/2/);
	await held(['roster', 'sign', roster, '--folder', at('a'), '--yes']);
	await held(['roster', 'publish', roster], site.folder);

	// What is shown is what is signed: contents put under another roster's hash are refused.
	await held(stays.map(String), site.folder);
	const swapped = JSON.parse(await readFile(roster, 'utf8')) as typeof half;
	const target = Object.keys(swapped.files).find((name) => name.startsWith('targets/')) ?? '';
	swapped.files[target] = (swapped.files[target] ?? '').replace('"readers":{', '"readers" :{');
	await writeFile(at('swapped.json'), JSON.stringify(swapped));
	assert.match(
		(await keyward(['roster', 'sign', at('swapped.json'), '--folder', at('a'), '--yes'])).stderr,
		/not what would be signed/,
	);
	await held(['owner', 'key', '--folder', at('d')]);
	assert.match(
		(await keyward(['roster', 'sign', roster, '--folder', at('d'), '--yes'])).stderr,
		/not one of the owner's/,
	);

	const rotate = ['owner', 'rotate', '--folder', at('a'), '--out', change, '--threshold', '3', '--yes'];
	assert.match(await held(rotate, site.folder), /Root version 2: 3 of 3/);
	for (const name of ['b', 'c']) await held(['roster', 'sign', change, '--folder', at(name), '--yes']);
	await held(['roster', 'publish', change], site.folder);
	assert.equal((await site.ask('owner.show', {})).root?.version, 2);
});

test('a device is not commissioned under another owner than the one that was brought', async () => {
	const site = laptop;
	const place = await folderOf();
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-2' });
	const words = ['device', 'commission', '--folder', join(place, 'device'), '--json', '--owner'];
	const refused = await keyward([...words, '0'.repeat(64)], undefined, commissioning);
	assert.match(refused.stderr, /owner-not-trusted/);
	const pin = (await site.ask('owner.show', {})).owner ?? '';
	const { status, stdout, stderr } = await keyward([...words, pin], undefined, commissioning);
	assert.equal(status, 0, stderr);
	assert.match(stdout, new RegExp(pin));
});
