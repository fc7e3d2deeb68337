import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { keyward, keywardAlone, start } from './keyward.fixture.ts';

const policy = `application: hall
level: { authenticity: 1, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 0, resistance: 0 }
mode: enforce
streams: { air: { unit: Cel, every: 1s, readers: [desk] } }
devices: { probe: { custody: [software], streams: [air] } }
`;

test('what a person mistypes, or what cannot go on, ends with a sentence', async (t) => {
	const folder = temporaryFolder('kw-');
	const data = join(folder, 'site');
	const site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	const ended = once(site, 'exit');
	t.after(async () => {
		site.kill('SIGTERM');
		await ended;
	});
	await once(site.stdout ?? assert.fail(), 'data');
	await writeFile(join(folder, 'policy.yaml'), policy);
	assert.equal((await keyward(['policy', 'apply', join(folder, 'policy.yaml')], data)).status, 0);

	await t.test('a second service on the same folder is refused, and the first goes on', async () => {
		const second = await keywardAlone(['serve', '--https-port', '0', '--mqtts-port', '0'], data);
		assert.deepEqual([second.status, second.stdout], [2, '']);
		assert.match(second.stderr, /^keyward: The process (\d+) has .* open\. Stop it.*\[store-in-use\]\n$/);
		assert.ok(second.stderr.includes(`process ${site.pid} has ${data} open`), second.stderr);
		assert.equal((await keyward(['status'], data)).status, 0);
	});

	await t.test(
		'a new site is not made among the files of others, and is closed to others where it is made',
		async () => {
			const serve = ['serve', '--https-port', '0', '--mqtts-port', '0', '--json'];
			const theirs = join(folder, 'theirs');
			await mkdir(theirs, { mode: 0o755 });
			await writeFile(join(theirs, 'photo.jpg'), '');
			const refused = await keywardAlone(serve, theirs);
			assert.deepEqual([refused.status, readdirSync(theirs)], [2, ['photo.jpg']]);
			assert.match(refused.stderr, /holds no site, but other files, such as \\"photo\.jpg\\".*--among-other-files/);
			assert.equal(statSync(data).mode & 0o777, 0o700);
			const { requireRoomForSite } = await import('@keyward/service/site');
			await requireRoomForSite(theirs, true);
			const empty = join(folder, 'empty');
			await mkdir(empty, { mode: 0o755 });
			await requireRoomForSite(empty, false);
			assert.deepEqual(
				[theirs, empty].map((one) => statSync(one).mode & 0o777),
				[0o755, 0o700],
			);
		},
	);

	await t.test('an application that the site has not is an error everywhere', async () => {
		for (const words of [
			['device', 'list'],
			['reader', 'list'],
			['grants'],
			['posture'],
			['ledger', 'verify'],
			['advisory', 'list'],
			['refusals'],
		]) {
			const { status, stdout, stderr } = await keyward([...words, '--application', 'hal'], data);
			assert.deepEqual([words, status, stdout], [words, 2, '']);
			assert.match(stderr, /there is no application "hal" here \(hall\).*\[policy-unknown-application\]/);
		}
	});

	await t.test('a class or reader that the policy has not is said with those that it has', async () => {
		const device = await keyward(['device', 'expect', 'g-9', '--application', 'hall', '--class', 'sonde'], data);
		assert.match(device.stderr, /has the class probe, and no "sonde"\. \[policy-unknown-reference\]/);
		const reader = await keyward(['reader', 'expect', 'rr', '--application', 'hall'], data);
		assert.match(reader.stderr, /name the reader "rr" \(they name desk\) \[reader-unknown\]/);
	});

	const home = join(folder, 'g-1');
	const expected = await keyward(['device', 'expect', 'g-1', '--application', 'hall'], data);

	await t.test(
		'a folder that cannot be made, of a device or of a backup',
		{ skip: !existsSync('/proc/self') },
		async () => {
			const device = await keyward(['device', 'commission', '--folder', '/proc/x'], data, expected.stdout);
			assert.match(device.stderr, /^keyward: \/proc\/x cannot be made \(ENOENT\).*\[file-unreadable\]\n$/);
			const backup = await keyward(['backup', '--to', '/proc/x'], data);
			assert.match(backup.stderr, /^keyward: \/proc\/x.* cannot be made \(ENOENT\).*\[file-unreadable\]\n$/);
			assert.deepEqual([device.status, backup.status], [2, 2]);
		},
	);

	assert.equal((await keyward(['device', 'commission', '--folder', home], data, expected.stdout)).status, 0);
	await t.test('a token that was spent is refused, and the operator sees it', async () => {
		const refused = () => keyward(['refusals', '--application', 'hall', '--device', 'g-1'], data);
		assert.equal((await refused()).stdout, 'Nothing was refused since the service started.\n');
		const again = await keyward(['device', 'commission', '--folder', join(folder, 'copy')], data, expected.stdout);
		assert.match(again.stderr, /\[token-spent\]\n$/);
		assert.match((await refused()).stdout, /^device g-1 of hall\n {2}.* token-spent \(expected-device\), once\n/);
	});

	const run = (...words: readonly string[]) =>
		keyward(['device', 'run', '--folder', home, '--source', 'stdin', '--until-drained', ...words], data, '21.5\n');

	await t.test('lines that no stream takes: not as if all were well', async () => {
		const { status, stdout } = await run();
		assert.equal(status, 1);
		assert.match(stdout, /not read: /);
	});

	await t.test('a run that is to end when all is delivered ends when the certificate is revoked', async () => {
		const revoked = await keyward(['revoke', 'device', 'g-1', '--application', 'hall', '--reason', 'lost'], data);
		assert.equal(revoked.status, 0, revoked.stderr);
		const { status, stderr } = await run('--stream', 'air', '--unit', 'air=Cel');
		assert.equal(status, 2);
		assert.match(stderr, /certificate-revoked.*What waits stays in .*\[certificate-revoked\]/s);
	});
});
