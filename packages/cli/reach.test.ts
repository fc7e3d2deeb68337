import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { keyward } from './keyward.fixture.ts';

interface Answer {
	readonly scenarios: readonly {
		readonly if: string;
		readonly others: { readonly certain: number; readonly inHand: number };
		readonly keyLeaves: boolean;
	}[];
}

test('reach of a running site: a device, the service, what-if, exports; posture has the fact', async (t) => {
	const essential = hallPolicy.replace('state: { unit: /,', 'state: { essential: true, unit: /,');
	const site = await startSite(t, { policies: [essential], operatorSocket: true, linkWorkers: 0 });
	for (const id of ['probe-1', 'probe-2', 'probe-3']) await site.commissionDevice('hall', id);
	await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const run = (...words: string[]) => keyward(['reach', ...words], site.folder);

	const device = await run('probe-1', '--if', 'psk=shared', '--if', 'custody=tpm2', '--json');
	assert.equal(device.status, 0, device.stderr);
	const { scenarios } = JSON.parse(device.stdout) as Answer;
	assert.deepEqual(
		scenarios.map(({ if: name, others, keyLeaves }) => [name, others.certain, others.inHand, keyLeaves]),
		[
			['as it is', 0, 0, true],
			['psk=shared', 2, 0, true],
			['custody=tpm2', 0, 0, false],
		],
	);

	const twice = await run('probe-1', '--if', 'custody=tpm2,custody=file');
	assert.deepEqual([twice.status, /"custody" is supposed twice/.test(twice.stderr)], [2, true]);

	const service = await run('service');
	assert.equal(service.status, 1, service.stderr);
	assert.match(service.stdout, /other devices that fall\s+3\n/);
	assert.match(service.stdout, /1\. the machine of service keeps its keys in/);
	assert.match(service.stdout, /Mend first: /);

	const fleet = await run('--json');
	assert.equal(fleet.status, 0, fleet.stderr);
	assert.deepEqual((JSON.parse(fleet.stdout) as { fleets: unknown[] }).fleets, [
		{ if: 'as it is', devices: 3, othersFall: 0, ownKeyLeaves: 3, noKeyLeaves: 0, chokePoints: [], examples: [] },
	]);

	const graph = await run('desk', '--opengraph');
	assert.equal(graph.status, 0, graph.stderr);
	assert.match(graph.stdout, /"Keyward_StreamRead"/);
	assert.match((await run('desk', '--graphml')).stdout, /<data key="falls">certain<\/data>/);

	const wrong = await run('probe-9', '--json');
	assert.equal(wrong.status, 2);
	assert.equal((JSON.parse(wrong.stderr) as { code: string }).code, 'reach-subject');

	const [posture] = await site.ask('posture', { application: 'hall' });
	const resistance = posture?.objectives.find(({ objective }) => objective === 'resistance');
	assert.ok(
		!resistance?.weakest.some(({ requirement, reason }) => requirement === 'reach-bound' && reason === 'no evidence'),
	);

	// The last that sends an essential stream: it is said before, and that nobody else is there to be asked for a new key.
	const contain = (id: string, ...words: string[]) =>
		keyward(['contain', id, '--application', 'hall', '--since', '1d', '--reason', 'opened', ...words], site.folder);
	const [first, second] = [await contain('probe-1'), await contain('probe-2')];
	const [last, again] = [await contain('probe-3', '--json'), await contain('probe-3')];
	assert.deepEqual([first.status, first.stderr, second.stderr], [0, '', '']);
	assert.match(first.stdout, /Other devices of its class are asked for new keys/);
	assert.match(last.stderr, /^No other device of hall sends state \(essential\): silent once probe-3 is contained\.\n/);
	assert.deepEqual((JSON.parse(last.stdout) as { silent: string[] }).silent, ['state']);
	assert.equal(again.stderr, '');
	assert.match(again.stdout, /No other device of its class is in service/);
});

test('reach of an inventory in a file: CSV, and an export of The Things Stack', async () => {
	const folder = temporaryFolder('keyward-reach-');
	const file = async (name: string, content: string | Buffer): Promise<string> => {
		const path = join(folder, name);
		await writeFile(path, content);
		return path;
	};
	const list = await file('list.csv', 'device,key,custody\na,k1,file\nb,k1,file\nc,k2,tpm2\n');
	const shared = await keyward(['reach', 'a', '--inventory', list]);
	assert.equal(shared.status, 1, shared.stderr);
	assert.match(shared.stdout, /the key k1 authenticates as the name a, and 1 more so/);
	const secret = '000102030405060708090a0b0c0d0e10';
	const device = (id: string, eui: string) => ({
		ids: { device_id: id, dev_eui: eui },
		root_keys: { app_key: { key: secret } },
	});
	const exported = await file(
		'stack.json',
		[device('pump-1', '0102030405060708'), device('pump-2', '0102030405060709')]
			.map((one) => JSON.stringify(one))
			.join('\n'),
	);
	const stack = await keyward(['reach', '--inventory', exported, '--json']);
	assert.equal(stack.status, 1, stack.stderr);
	const { fleets } = JSON.parse(stack.stdout) as { fleets: { othersFall: number }[] };
	assert.equal(fleets[0]?.othersFall, 2);
	assert.ok(!stack.stdout.includes(secret));
	const latin = await file('latin.csv', Buffer.from('device,key\nm\xe4,k\n', 'latin1'));
	const refused = await keyward(['reach', '--inventory', latin]);
	assert.equal(refused.status, 2);
	assert.match(refused.stderr, /\[inventory-encoding\]/);
});
