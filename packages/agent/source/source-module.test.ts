import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { checkSample } from './check-sample.ts';
import { loadSource } from './source-module.ts';
import type { Sample } from '../sample/source.ts';

const now = Date.UTC(2026, 10, 22);

const load = (code: string, settings: Readonly<Record<string, string>> = {}) => {
	const folder = temporaryFolder('keyward-module-');
	const path = join(folder, 'mine.ts');
	writeFileSync(path, code);
	return loadSource(path, settings, { now: () => now });
};

test('the example of docs/sources.md reads its sensor, and goes on when that is away', async (t) => {
	const page = readFileSync(new URL('../../../docs/sources.md', import.meta.url), 'utf8');
	const [, example = ''] = /```ts\n(import \{ setTimeout[\s\S]*?)```/.exec(page) ?? [];
	let body: string | null = JSON.stringify({
		sensordatavalues: [
			{ value_type: 'SDS_P1', value: '7.40' },
			{ value_type: 'SDS_P2', value: '' },
			{ value_type: 'temperature', value: '12.30' },
		],
	});
	const server = createServer((_, answer) => {
		if (body === null) answer.destroy();
		else answer.end(body);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => server.close());
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data.json`;

	const source = await load(example, { url, seconds: '0.02' });
	assert.equal(source.live, true);
	const reading = take(source);
	t.after(() => reading.stop());
	await reading.reach(1);
	assert.deepEqual(reading.samples()[0], { stream: 'pm10', time: now, value: 7.4, unit: 'ug/m3' });
	checkSample(reading.samples()[0] ?? assert.fail());
	assert.deepEqual([reading.problems()[0]?.code, reading.problems()[0]?.detail], ['source-malformed', 'SDS_P2 is ']);
	const good = body;
	body = null;
	await until('a complaint', () => reading.problems().some(({ code }) => code === 'source-unavailable'));
	body = good;
	await reading.reach(reading.samples().length + 1);
	await assert.rejects(load(example), { code: 'source-malformed', detail: /mine\.ts: give it --set url/ });
});

test('a file that is no module, or a module that breaks, is named', async () => {
	const cases: [string, RegExp][] = [
		['export const sauce = 1;', /mine\.ts: it exports no function called source/],
		['export const source = () => ({ live: true });', /no read function/],
		['export const source = () => ({ async *read() {} });', /does not say whether it is live/],
		['export const source = () => null;', /no read function/],
		['export const source = (;', /mine\.ts/],
		['enum Colour { red }', /mine\.ts/],
	];
	for (const [code, detail] of cases) await assert.rejects(load(code), { code: 'source-malformed', detail }, code);
	const broken = take(
		await load(
			`export const source = () => ({ live: false, async *read(): AsyncIterable<number> { throw new Error('oh'); } });`,
		),
	);
	await assert.rejects(broken.reach(1), { code: 'source-malformed', detail: /mine\.ts: oh/ });
});

test('what a source gives is held to its promise', () => {
	const good: Sample = { stream: 'air', time: now, value: 21.5, unit: 'Cel' };
	for (const value of [0, -1.5, true, '', 'open']) checkSample({ ...good, value });
	const bad: Readonly<Record<string, unknown>>[] = [
		{ stream: 'Air' },
		{ stream: undefined },
		{ time: now + 0.5 },
		{ time: String(now) },
		{ time: Number.NaN },
		{ value: Number.NaN },
		{ value: Infinity },
		{ value: null },
		{ value: { v: 1 } },
		{ value: 'x'.repeat(1025) },
		{ unit: 5 },
	];
	for (const change of bad) {
		assert.throws(() => checkSample({ ...good, ...change }), { code: 'source-malformed' }, JSON.stringify(change));
	}
});
