import assert from 'node:assert/strict';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import { csv, type CsvOptions } from './csv.ts';
import type { Sample } from '../sample/source.ts';
import type { Timekeeper } from '../sample/timekeeper.ts';
import { parseTimeFormat } from './time-format.ts';
import { parseZone } from './zone.ts';

/** A clock that moves when it is waited for. */
const clockAt = (start: number): Timekeeper => {
	let now = start;
	return {
		now: () => now,
		until(moment, signal) {
			signal.throwIfAborted();
			now = Math.max(now, moment);
			return Promise.resolve();
		},
	};
};

const start = Date.UTC(2026, 10, 22);

const play = async (text: string, options: Partial<CsvOptions> = {}, most = 100) => {
	const folder = temporaryFolder('keyward-csv-');
	const path = join(folder, 'data.csv');
	writeFileSync(path, text);
	const timekeeper = clockAt(start);
	const source = csv({
		path,
		time: 'time',
		streams: { rate: { column: 'cpm' } },
		replay: { times: 'keep', pace: 'unpaced', repeat: false },
		timekeeper,
		...options,
	});
	const stop = new AbortController();
	const items: { item: string; came: number }[] = [];
	for await (const item of source.read(stop.signal)) {
		const shown =
			item instanceof Problem ? item.code : `${item.stream} ${item.time - start} ${item.value} ${item.unit ?? ''}`;
		items.push({ item: shown.trim(), came: timekeeper.now() - start });
		if (items.length >= most) stop.abort();
	}
	return { items: items.map(({ item }) => item), came: items.map(({ came }) => came) };
};

const three = 'time,cpm\n2026-11-22T00:00:00Z,51\n2026-11-22T00:00:05Z,57\n2026-11-22T00:00:11Z,60\n';

test('columns, quotes, unit and a condition', async () => {
	const text = [
		'\ufefftime,"c,pm",note,validity',
		'2026-11-22T00:00:01Z,"334","said ""fine"", twice",A',
		'2026-11-22T00:00:02Z,668,,V',
		'2026-11-22T00:00:03Z, 668 ,,A',
	].join('\r\n');
	const { items } = await play(text, {
		streams: { dose: { column: 'c,pm', unit: 'Sv/h' }, rate: { column: 'c,pm' } },
		where: [{ column: 'validity', is: 'A' }],
	});
	assert.deepEqual(items, [
		'dose 1000 334 Sv/h',
		'rate 1000 334',
		'sentence-void',
		'dose 3000 668 Sv/h',
		'rate 3000 668',
	]);
});

test('a bad row spoils itself alone', async () => {
	const rows = [
		'time,cpm',
		'2026-11-22T00:00Z,1',
		'2026-11-22T00:00Z,"2',
		'never,3',
		'2026-11-22T00:00:01Z,',
		'2026-11-22T00:00Z',
		'2026-11-22T00:00Z,1,2',
		`2026-11-22T00:00Z,${'9'.repeat(5000)}`,
		'',
		'2026-11-22T00:00:02Z,6',
	];
	const { items } = await play(rows.join('\n'));
	assert.deepEqual(items, ['rate 0 1', ...Array<string>(6).fill('source-malformed'), 'rate 2000 6']);
});

test('one bad cell leaves the other streams of its row', async () => {
	const { items } = await play('time,a,b\n2026-11-22T00:00Z,x,2\n', {
		streams: { a: { column: 'a' }, b: { column: 'b' } },
	});
	assert.deepEqual(items, ['source-malformed', 'b 0 2']);
});

const list = (...times: string[]): string => `time,cpm\n${times.map((time, at) => `${time},${at}\n`).join('')}`;

test('a time without an offset is read in the zone that is named, or not at all', async () => {
	const text = list('2026-11-22 01:00:00', '2026-11-22 01:00:01');
	assert.deepEqual((await play(text)).items, ['source-malformed', 'source-malformed']);
	assert.deepEqual((await play(text, { zone: parseZone('Europe/Berlin') })).items, ['rate 0 0', 'rate 1000 1']);
});

test('date and hour in two columns, in the form of the list', async () => {
	const { items } = await play('Tag;Uhr;T\n22.11.2026;01:00;1,5\n22.11.2026;1:00 h;2\n', {
		time: ['Tag', 'Uhr'],
		timeFormat: parseTimeFormat('DD.MM.YYYY HH:mm'),
		zone: parseZone('Europe/Berlin'),
		decimal: ',',
		streams: { air: { column: 'T' } },
	});
	assert.deepEqual(items, ['air 0 1.5', 'source-malformed']);
});

test('a row whose time is not between those of the rows around it is void: a logger that lost its clock', async () => {
	const [first, second, third, fourth] = [0, 1, 2, 3].map((at) => new Date(start + at * 1000).toISOString());
	assert(first && second && third && fourth);
	for (const astray of ['2000-01-01T00:00:00Z', '2080-01-06T00:00:00Z'])
		assert.deepEqual((await play(list(first, second, astray, third, fourth))).items, [
			...['rate 0 0', 'rate 1000 1', 'sentence-void', 'rate 2000 3', 'rate 3000 4'],
		]);
	const back = await play(list(fourth, third, '2000-01-01T00:00:00Z', second, first));
	assert.deepEqual(back.items, ['rate 3000 0', 'rate 2000 1', 'sentence-void', 'rate 1000 3', 'rate 0 4']);
	// Two recordings, the later one first; one moment twice.
	const again = await play(list(third, fourth, first, second, second));
	assert.deepEqual(again.items, ['rate 2000 0', 'rate 3000 1', 'rate 0 2', 'rate 1000 3', 'rate 1000 4']);
});

test('a list that grows is followed, and the one that takes its place: renamed, emptied, with other columns', async (t) => {
	const folder = temporaryFolder('keyward-csv-');
	const path = join(folder, 'log.csv');
	const source = csv({
		path,
		time: 'time',
		streams: { rate: { column: 'cpm' } },
		replay: { times: 'keep', pace: 'unpaced', repeat: false },
		follow: true,
		timekeeper: clockAt(start),
	});
	const stop = new AbortController();
	t.after(() => stop.abort());
	const rows = source.read(stop.signal)[Symbol.asyncIterator]();
	const next = async (): Promise<unknown> => {
		const { value } = (await rows.next()) as { value: Sample | Problem };
		return value instanceof Problem ? value.detail : [value.time - start, value.value];
	};
	const row = (at: number, ...cells: readonly (number | string)[]): string =>
		`${[new Date(start + at * 1000).toISOString(), ...cells].join(',')}\n`;
	const first = next();
	writeFileSync(path, `time,cpm\n${row(0, 51)}${row(1, 52).slice(0, -2)}`);
	assert.deepEqual(await first, [0, 51]);
	const second = next();
	appendFileSync(path, '2\n');
	assert.deepEqual(await second, [1000, 52]);
	// The logger stopped within a row before another file took the name.
	appendFileSync(path, row(2, 539).slice(0, -2));
	renameSync(path, `${path}.1`);
	writeFileSync(path, `time,note,cpm\n${row(3, 99, 54)}`);
	assert.equal(await next(), 'line 4 was cut off');
	assert.deepEqual(await next(), [3000, 54]);
	writeFileSync(path, `time,cpm\n${row(4, 5)}`);
	assert.deepEqual(await next(), [4000, 5]);
	// Longer than what was read of the one before.
	writeFileSync(path, `time,counts\n${row(5, 56)}${row(6, 57)}${row(7, 58)}`);
	assert.match(String(await next()), /has no column "cpm"; it has time, counts/);
});

test('titles again further down are passed over; other titles stop the file, and a list that is followed has the new ones', async (t) => {
	const folder = temporaryFolder('keyward-csv-');
	const path = join(folder, 'log.csv');
	const readAll = async (text: string, follow: boolean, most: number): Promise<unknown[]> => {
		writeFileSync(path, text);
		const source = csv({
			path,
			time: 'time',
			streams: { air: { column: 'T' }, damp: { column: 'H' } },
			replay: { times: 'keep', pace: 'unpaced', repeat: false },
			follow,
			timekeeper: clockAt(start),
		});
		const stop = new AbortController();
		t.after(() => stop.abort());
		const found: unknown[] = [];
		try {
			for await (const item of source.read(stop.signal)) {
				found.push(item instanceof Problem ? item.detail : `${item.stream} ${item.time - start} ${String(item.value)}`);
				if (found.length === most) stop.abort();
			}
		} catch (error) {
			assert(error instanceof Problem);
			found.push(`stopped: ${error.detail}`);
		}
		return found;
	};
	const [first, second] = ['2026-11-22T00:00:00Z', '2026-11-22T00:00:01Z'];
	const same = `time,T,H\n${first},21,45\n"time", T,H,\n${second},22,46\n`;
	for (const follow of [false, true])
		assert.deepEqual(await readAll(same, follow, 4), ['air 0 21', 'damp 0 45', 'air 1000 22', 'damp 1000 46']);
	for (const titles of ['time,H,T', 'time;T;H', 'H,time,T', 'date,H,T', 'time,note,T,H']) {
		const [air, damp, stopped, ...more] = await readAll(
			`time,T,H\n${first},21,45\n${titles}\n${second},46,22\n`,
			false,
			9,
		);
		assert.deepEqual([air, damp, more], ['air 0 21', 'damp 0 45', []], titles);
		assert.match(
			String(stopped),
			/^stopped: .* names other columns at line 3 .*: nothing from there on is read/,
			titles,
		);
	}
	const other = `time,T,H\n${first},21,45\ntime,H,T\n${second},46,22\n`;
	assert.deepEqual(await readAll(other, true, 4), ['air 0 21', 'damp 0 45', 'air 1000 22', 'damp 1000 46']);
	const lacking = await readAll(`time,T,H\n${first},21,45\ntime,H\n${second},46\ntime,H,T\n${second},46,22\n`, true, 5);
	assert.match(String(lacking[2]), /has no column "T"; it has time, H/);
	assert.deepEqual(lacking.slice(3), ['air 1000 22', 'damp 1000 46']);
	// A row that has a time is a row.
	const row = await readAll(`time,T,H\n${first},T,H\n${second},22,46\n`, false, 9);
	assert.match(String(row[0]), /"T" is not a number/);
	assert.deepEqual(row.slice(2), ['air 1000 22', 'damp 1000 46']);
});

test('rows come as they were recorded, faster, or every so often', async () => {
	const recorded = await play(three, { replay: { times: 'keep', pace: { speed: 1 }, repeat: false } });
	assert.deepEqual(recorded, { items: ['rate 0 51', 'rate 5000 57', 'rate 11000 60'], came: [0, 5000, 11_000] });
	const fast = await play(three, { replay: { times: 'now', pace: { speed: 10 }, repeat: false } });
	assert.deepEqual(fast, { items: ['rate 0 51', 'rate 500 57', 'rate 1100 60'], came: [0, 500, 1100] });
	const even = await play(three, { replay: { times: 'now', pace: { every: 2000 }, repeat: false } });
	assert.deepEqual(even, { items: ['rate 0 51', 'rate 2000 57', 'rate 4000 60'], came: [0, 2000, 4000] });
});

test('repeating goes on without a gap and without the same moment twice', async () => {
	const { items, came } = await play(three, { replay: { times: 'now', pace: { speed: 1 }, repeat: true } }, 5);
	assert.deepEqual(items, ['rate 0 51', 'rate 5000 57', 'rate 11000 60', 'rate 17000 51', 'rate 22000 57']);
	assert.deepEqual(came, [0, 5000, 11_000, 17_000, 22_000]);
	const dense = await play(three, { replay: { times: 'now', pace: { speed: 1e6 }, repeat: true } }, 50);
	assert.equal(new Set(dense.items.map((item) => item.split(' ')[1])).size, 50);
});

test('complaints are made once, not at each repetition; a file without a good row ends', async () => {
	const one = await play(
		'time,cpm\n2026-11-22T00:00Z,1\n2026-11-22T00:00Z,x\n',
		{ replay: { times: 'now', pace: { speed: 1 }, repeat: true } },
		4,
	);
	assert.deepEqual(one.items, ['rate 0 1', 'source-malformed', 'rate 1000 1', 'rate 2000 1']);
	const none = await play('time,cpm\n2026-11-22T00:00Z,x\n', {
		replay: { times: 'now', pace: { speed: 1 }, repeat: true },
	});
	assert.deepEqual(none.items, ['source-malformed']);
});

test('a list as a spreadsheet or logger gives it: a preamble, semicolons, decimal commas, empty cells at the end', async () => {
	const text = [
		'\ufeffsep=;',
		'Station 4, Messwerte;;',
		'',
		'"time";"cpm";"note";',
		'2026-11-22T00:00:01Z;51,5;"a;b";',
		'2026-11-22T00:00:02Z;-1,5e2;',
		'2026-11-22T00:00:03Z;1.234,5;x;',
		'2026-11-22T00:00:04Z;1.234;x;',
		'2026-11-22T00:00:05Z;60;x;more',
		'2026-11-22T00:00:06Z;61;x',
	].join('\r\n');
	for (const list of [text, text.replaceAll(/;(?!b)/g, '\t')]) {
		const { items } = await play(list, { decimal: ',' });
		assert.deepEqual(items, [
			'rate 1000 51.5',
			'rate 2000 -150',
			'source-malformed',
			'source-malformed',
			'source-malformed',
			'rate 6000 61',
		]);
	}
	// Nobody guesses: a comma is a decimal sign when that is said, and a thousands separator never.
	const unsaid = await play('time;cpm\n2026-11-22;1,234\n2026-11-22T00:00:01Z;1.5\n');
	assert.deepEqual(unsaid.items, ['source-malformed', 'rate 1000 1.5']);
});

test('what cannot be played is refused with the names there are', async () => {
	await assert.rejects(play('time,rate\n'), {
		code: 'source-malformed',
		detail: /no column "cpm"; it has time, rate/,
	});
	await assert.rejects(play('time,cpm,cpm\n'), { detail: /more than one column "cpm"/ });
	await assert.rejects(play(''), { detail: /is empty/ });
	await assert.rejects(play(three, { path: '/nowhere.csv' }), {
		code: 'source-malformed',
		detail: /there is no .nowhere.csv/,
	});
	await assert.rejects(play(three, { streams: { Rate: { column: 'cpm' } } }), { detail: /not a stream name/ });
	for (const replay of [
		{ times: 'now', pace: 'unpaced', repeat: false },
		{ times: 'keep', pace: { speed: 1 }, repeat: true },
		{ times: 'keep', pace: { speed: 0 }, repeat: false },
		{ times: 'keep', pace: { every: Number.NaN }, repeat: false },
	] as const) {
		await assert.rejects(play(three, { replay }), { code: 'source-malformed' });
	}
});
