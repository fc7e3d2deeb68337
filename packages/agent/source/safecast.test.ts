import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { collect } from '@keyward/testing/agent/collect';
import { wallClock } from './replay.ts';
import { safecast, type SafecastOptions } from './safecast.ts';
import type { Sample } from '../sample/source.ts';

const good = '$BMRDD,007,2012-06-08T06:41:00Z,51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1*63';
const later = '$BMRDD,007,2012-06-08T06:41:05Z,57,8,210,A,0117.8064,N,10351.2289,E,108.3,A,1.7,1*68';
const voided = '$BMRDD,028,2012-05-23T01:51:08Z,22,6,22,V,3409.9132,N,11808.1173,W,284.3,A,2.0,1*54';

const read = async (text: string, options: Partial<SafecastOptions> = {}) => {
	const source = safecast({
		open: () => Readable.from([Buffer.from(text)]),
		streams: { 'count-rate': 'count-rate', 'dose-rate': 'dose-rate' },
		sensitivity: 334,
		replay: null,
		live: true,
		timekeeper: wallClock,
		...options,
	});
	const items = await collect(source.read(new AbortController().signal));
	return {
		samples: items.filter((item): item is Sample => !(item instanceof Problem)),
		codes: items.filter((item) => item instanceof Problem).map(({ code }) => code),
	};
};

const xor = (body: string): string =>
	[...Buffer.from(body)]
		.reduce((total, byte) => total ^ byte, 0)
		.toString(16)
		.padStart(2, '0');

test('each good sentence gives its figures, whatever stands between', async () => {
	const text = [
		'# NEW LOG',
		good,
		'',
		good.replace('51', '91'),
		voided,
		good.slice(0, 50),
		`#${good.slice(1)}`,
		'x'.repeat(5000),
		later,
		later.slice(0, -1),
	].join('\r\n');
	const { samples, codes } = await read(text);
	const [first, second] = [Date.UTC(2012, 5, 8, 6, 41, 0), Date.UTC(2012, 5, 8, 6, 41, 5)];
	assert.deepEqual(samples, [
		{ stream: 'count-rate', time: first, value: 51, unit: '1/min' },
		{ stream: 'dose-rate', time: first, value: (51 / 334) * 1e-6, unit: 'Sv/h' },
		{ stream: 'count-rate', time: second, value: 57, unit: '1/min' },
		{ stream: 'dose-rate', time: second, value: (57 / 334) * 1e-6, unit: 'Sv/h' },
	]);
	assert.deepEqual(codes, [
		'sentence-checksum',
		'sentence-void',
		'sentence-malformed',
		'sentence-malformed',
		'sentence-malformed',
		'sentence-malformed',
	]);
});

test('a recording of sentences without a GPS fix is void, with its reason; a counter on the line is dated by the station', async () => {
	const noFix = '$BNRDD,0300,2080-01-06T00:00:24Z,31,9,115,A,,N,,E,,V,0,0';
	const text = `${noFix}*${xor(noFix.slice(1))}\n`;
	const log = await read(text, { live: false, replay: { times: 'keep', pace: 'unpaced', repeat: false } });
	assert.deepEqual(log, { samples: [], codes: ['sentence-void'] });
	const timekeeper = { ...wallClock, now: () => 1_795_341_600_000 };
	const line = await read(text, { streams: { rate: 'count-rate' }, timekeeper });
	assert.deepEqual(line.samples, [{ stream: 'rate', time: 1_795_341_600_000, value: 31, unit: '1/min' }]);
});

/** A sentence of one counter at so many seconds, with a fix or with what its receiver guesses. */
const at = (seconds: number, fix: 'A' | 'V', counter = '1', year = '2024'): string => {
	const time = new Date(Date.UTC(Number(year), 0, 1) + seconds * 1000).toISOString().replace('.000Z', 'Z');
	const body = `BNRDD,${counter},${time},${seconds},1,1,A,,N,,E,,${fix},0,0`;
	return `$${body}*${xor(body)}`;
};

/** The seconds at which a recording's sentences are dated, by the value, which says when they were; and what is void. */
const recorded = async (...sentences: string[]) => {
	const { samples, codes } = await read(sentences.join('\n'), { live: false, streams: { rate: 'count-rate' } });
	const times = samples.map(({ time, value }) => [value, (time - Date.UTC(2024, 0, 1)) / 1000]);
	return { times, codes };
};

const own = (...seconds: number[]) => seconds.map((second) => [second, second]);

test('in a recording a receiver whose clock runs on between two fixes, up to the first, and from the last is believed', async () => {
	assert.deepEqual(await recorded(at(0, 'A'), at(5, 'V'), at(11, 'V'), at(16, 'A')), {
		times: own(0, 5, 11, 16),
		codes: [],
	});
	assert.deepEqual(await recorded(at(5, 'V'), at(11, 'V'), at(16, 'A')), { times: own(5, 11, 16), codes: [] });
	assert.deepEqual(await recorded(at(0, 'A'), at(5, 'V'), at(11, 'V')), { times: own(0, 5, 11), codes: [] });
	// A sentence that was garbled among them costs itself alone.
	assert.deepEqual(
		await recorded(at(0, 'A'), at(5, 'V'), at(10, 'V').replace(',10,', ',90,'), at(15, 'V'), at(20, 'A')),
		{
			times: own(0, 5, 15, 20),
			codes: ['sentence-checksum'],
		},
	);
});

test('in a recording the order alone dates as many sentences as fit between two fixes', async () => {
	const guesses = [at(5, 'V', '1', '2080'), at(10, 'V', '1', '2080')];
	assert.deepEqual(await recorded(at(0, 'A'), ...guesses, at(16, 'A')), {
		times: [
			[0, 0],
			[5, 5.333],
			[10, 10.667],
			[16, 16],
		],
		codes: [],
	});
	const lost = ['sentence-void', 'sentence-void'];
	// Not as many as fit; before the first; after the last; of another counter; with no fix at all.
	assert.deepEqual(await recorded(at(0, 'A'), ...guesses, at(3600, 'A')), { times: own(0, 3600), codes: lost });
	assert.deepEqual(await recorded(...guesses, at(15, 'A')), { times: own(15), codes: lost });
	assert.deepEqual(await recorded(at(0, 'A'), ...guesses), { times: own(0), codes: lost });
	assert.deepEqual(await recorded(at(0, 'A', '2'), ...guesses, at(15, 'A', '2')), { times: own(0, 15), codes: lost });
	assert.deepEqual(await recorded(...guesses), { times: [], codes: lost });
	// A clock that goes back, or leaps, does not run on.
	assert.deepEqual(await recorded(at(0, 'A'), at(50, 'V'), at(55, 'V'), at(60, 'A')), {
		times: own(0, 60),
		codes: lost,
	});
});

test('in a recording a fix that is not between its neighbours is a receiver that is wrong', async () => {
	const back = at(10, 'A', '1', '2004');
	const ahead = at(10, 'A', '1', '2080');
	for (const stray of [back, ahead]) {
		const { times, codes } = await recorded(at(0, 'A'), at(5, 'A'), stray, at(15, 'A'), at(20, 'A'));
		assert.deepEqual({ times, codes }, { times: own(0, 5, 15, 20), codes: ['sentence-void'] });
	}
	// A sentence that stands twice, and a recording that begins again, are what they are.
	assert.deepEqual(await recorded(at(0, 'A'), at(5, 'A'), at(5, 'A'), at(10, 'A')), {
		times: own(0, 5, 5, 10),
		codes: [],
	});
	assert.deepEqual(await recorded(at(100, 'A'), at(105, 'A'), at(0, 'A'), at(5, 'A')), {
		times: own(100, 105, 0, 5),
		codes: [],
	});
});

for (const [name, sentences, voided] of [
	['safecast-007-0608.log', 2311, 0],
	['safecast-028-0523.log', 1701, 8],
] as const) {
	const file = new URL(`../../../../shared/data/${name}`, import.meta.url);
	const skip = existsSync(file) ? false : 'the log is not beside the project';
	test(`${name}: no sentence is lost for want of a fix`, { skip }, async () => {
		const { samples, codes } = await read(readFileSync(file, 'utf8'), { live: false, streams: { rate: 'count-rate' } });
		assert.equal(samples.length, sentences - voided);
		assert.deepEqual(
			codes,
			Array.from({ length: voided }, () => 'sentence-void'),
		);
		const times = samples.map(({ time }) => time);
		assert.deepEqual(
			times,
			times.toSorted((a, b) => a - b),
		);
		assert.equal(new Set(times).size, times.length);
	});
}

test('334 counts per minute are one microsievert per hour', async () => {
	const body = 'BNRDD,1,2024-01-01T00:00:00Z,334,28,334,A,,N,,E,,A,0,0';
	const { samples } = await read(`$${body}*${xor(body)}\n`, { streams: { dose: 'dose-rate' } });
	assert.deepEqual(samples, [{ stream: 'dose', time: Date.UTC(2024, 0, 1), value: 1e-6, unit: 'Sv/h' }]);
});

test('options that cannot mean anything are refused', async () => {
	await assert.rejects(read(good, { sensitivity: 0 }), { code: 'source-malformed' });
	await assert.rejects(read(good, { streams: { 'Dose Rate': 'dose-rate' } }), { code: 'source-malformed' });
});
