import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keyward, start } from '../keyward.fixture.ts';
import { makeSource, type SourceOptions } from './device-source.ts';

test('options that say nothing to the source, or contradict each other, are refused', () => {
	const csv = { source: 'csv', file: 'x.csv', map: ['a=b'] };
	const cases: [SourceOptions, RegExp][] = [
		[{ source: 'cvs' }, /no source "cvs": it is stdin, csv, safecast/],
		[{ source: 'csv', map: ['a=b'] }, /needs --file/],
		[{ source: 'csv', file: 'x.csv' }, /needs --map/],
		[{ source: 'stdin', file: 'x.csv' }, /--file says nothing to --source stdin/],
		[{ source: 'stdin', repeat: true }, /--repeat says nothing/],
		[{ source: 'stdin', stream: 'Air' }, /no stream name/],
		[{ source: 'stdin', unit: ['air=furlong'] }, /no SenML unit/],
		[{ source: 'safecast', every: '5s' }, /--every says nothing to --source safecast without --file/],
		[{ source: 'safecast', map: ['a=b'] }, /a sentence has count-rate and dose-rate/],
		[{ source: 'safecast', sensitivity: '-1' }, /above zero/],
		[{ ...csv, map: ['a'] }, /takes NAME=VALUE/],
		[{ ...csv, map: ['a=b', 'a=c'] }, /names a twice/],
		[{ ...csv, unit: ['c=Cel'] }, /no --map names the stream c/],
		[{ ...csv, scale: ['a=1/0'] }, /a number or a quotient/],
		[{ ...csv, times: 'then' }, /keep or now/],
		[{ ...csv, speed: '2', every: '5s' }, /not both/],
		[{ ...csv, every: '5 apples' }, /no span/],
		[{ ...csv, repeat: true }, /repeating needs times that are now/],
		[{ ...csv, times: 'now', speed: 'max' }, /need a pace/],
	];
	for (const [options, detail] of cases) {
		assert.throws(() => makeSource(options), { code: 'request-malformed', detail }, JSON.stringify(options));
	}
	assert.equal(
		makeSource({ ...csv, scale: ['a=1e-6/334'], unit: ['a=Sv/h'], times: 'now', every: '5s', repeat: true }).live,
		false,
	);
	assert.equal(makeSource({ source: 'safecast', file: 'x.log', speed: 'max' }).live, false);
});

const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  air: { unit: Cel, every: 1s, readers: [desk], range: [-60, 60] }
devices:
  probe: { custody: [software], streams: [air] }
`;

const firstJson = async (child: ChildProcess): Promise<void> => {
	let text = '';
	for await (const part of child.stdout?.setEncoding('utf8') ?? []) {
		text += part;
		if (text.endsWith('}\n')) return;
	}
};

test('a device runs against a site: what is good arrives, what is not is named, and it stops when asked', async (t) => {
	const folder = await mkdtemp(join(tmpdir(), 'kw-'));
	const data = join(folder, 'site');
	const site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	t.after(async () => {
		site.kill('SIGKILL');
		await rm(folder, { recursive: true, force: true });
	});
	await firstJson(site);
	await writeFile(join(folder, 'policy.yaml'), policy);
	assert.equal((await keyward(['policy', 'apply', join(folder, 'policy.yaml')], data)).status, 0);
	const expected = await keyward(['device', 'expect', 'p-1', '--application', 'hall', '--json'], data);
	const { commissioning } = JSON.parse(expected.stdout) as { commissioning: string };
	const home = join(folder, 'p-1');
	assert.equal((await keyward(['device', 'commission', '--folder', home], data, commissioning)).status, 0);

	const words = ['device', 'run', '--folder', home, '--source', 'stdin', '--stream', 'air', '--unit', 'air=Cel'];
	const good = await keyward([...words, '--until-drained', '--json'], data, '21\noops\n{"v":22.5}\n');
	assert.equal(good.status, 0, good.stderr);
	const events = good.stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as Record<string, unknown>);
	const { accepted, waiting, complaints } = events.at(-1) ?? {};
	assert.deepEqual(
		{ accepted, waiting, complaints },
		{ accepted: 2, waiting: 0, complaints: { 'source-malformed': 1 } },
	);

	const bad = await keyward([...words, '--until-drained'], data, '2026-11-22T10:00:00Z,20\n2026-11-22T10:00:01Z,99\n');
	assert.equal(bad.status, 1, bad.stderr);
	assert.match(bad.stdout, /refused: air at 2026-11-22T10:00:01\.000Z: .*-60 to 60.* \[reading-value\]/);
	assert.match(bad.stdout, /1 accepted, 0 waiting, refused 1 reading-value/);

	const running = start([...words, '--json'], data);
	let said = '';
	running.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
	while (!said.includes('"connected"')) await once(running.stdout ?? assert.fail(), 'data');
	running.kill('SIGTERM');
	const [code] = (await once(running, 'close')) as [number | null];
	assert.equal(code, 0);

	const nowhere = await keyward(
		['device', 'run', '--folder', join(folder, 'nobody'), '--source', 'stdin', '--json'],
		data,
	);
	assert.equal(nowhere.status, 2);
	assert.match(nowhere.stderr, /identity-file/);
});
