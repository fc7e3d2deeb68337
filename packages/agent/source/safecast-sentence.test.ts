import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '@keyward/core';
import { parseSentence } from './safecast-sentence.ts';

// The first two as counters wrote them; the third made up, its checksum worked out by another program.
const bmrdd = '$BMRDD,007,2012-06-08T06:41:00Z,51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1*63';
const bnrdd = '$BNRDD,204,2012-09-20T16:53:58Z,776,63,33895,A,5641.7788,N,1411.8820,E,9861.20,A,109,9*46';
const noPosition = '$BNRDD,0300,2012-12-16T17:58:24Z,31,9,115,A,,N,,E,,V,0,0*49';

const codeOf = (line: string): string => {
	try {
		parseSentence(line);
		return 'read';
	} catch (error) {
		assert(error instanceof Problem);
		return error.code;
	}
};

/** The line with the checksum that belongs to it, reckoned here a second way: over bytes, from the back. */
const summed = (body: string): string => {
	const sum = [...Buffer.from(body)].reduceRight((total, byte) => total ^ byte, 0);
	return `$${body}*${sum.toString(16).padStart(2, '0').toUpperCase()}`;
};

test('both kinds of sentence are read', () => {
	assert.deepEqual(parseSentence(bmrdd), {
		counter: '007',
		time: Date.UTC(2012, 5, 8, 6, 41, 0),
		guess: Date.UTC(2012, 5, 8, 6, 41, 0),
		countsPerMinute: 51,
		countsInFiveSeconds: 7,
	});
	assert.equal(parseSentence(bnrdd).countsPerMinute, 776);
	assert.equal(parseSentence(noPosition).countsPerMinute, 31);
});

test('without a GPS fix the count is read and its time is not, however impossible', () => {
	assert.equal(parseSentence(noPosition).time, null);
	const cold = parseSentence(summed('BNRDD,300,2012-00-00T00:00:00Z,31,9,115,A,,N,,E,,V,0,0'));
	assert.deepEqual([cold.time, cold.countsPerMinute], [null, 31]);
});

test('what is wrong is named by its code', () => {
	assert.equal(codeOf(bmrdd.replace('51,7', '61,7')), 'sentence-checksum');
	assert.equal(codeOf(bmrdd.replace('*63', '*62')), 'sentence-checksum');
	assert.equal(
		codeOf(summed('BMRDD,007,2012-06-08T06:41:00Z,51,7,202,V,0117.8067,N,10351.2284,E,110.0,A,1.7,1')),
		'sentence-void',
	);
	for (const body of [
		'BMRDD,007,2012-06-08T06:41:00Z,51,7,202,A', // cut short, and its checksum made to fit
		'BMRDD,007,2012-06-08T06:41:00Z,51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1,1',
		'BMRDD,007,2012-06-31T06:41:00Z,51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1',
		'BMRDD,007,2012-06-08 06:41:00,51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1',
		'BMRDD,007,2012-06-08T06:41:00Z,-51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1',
		'BMRDD,007,2012-06-08T06:41:00Z,5e1,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1',
		'BMRDD,007,2012-06-08T06:41:00Z,,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1',
		'BMRDD,007,2012-06-08T06:41:00Z,51,7,202,B,0117.8067,N,10351.2284,E,110.0,A,1.7,1',
		'BXRDD,007,2012-06-08T06:41:00Z,51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1',
	]) {
		assert.equal(codeOf(summed(body)), 'sentence-malformed', body);
	}
	for (const line of ['', '$', bmrdd.slice(1), `${bmrdd} `, `x${bmrdd}`, bmrdd + bmrdd, bmrdd.replace('N', '\u00d1')]) {
		assert.equal(codeOf(line), 'sentence-malformed', line);
	}
});

test('a sentence cut anywhere is never a reading', () => {
	for (const line of [bmrdd, bnrdd]) {
		for (let length = 0; length < line.length; length++) {
			assert.notEqual(codeOf(line.slice(0, length)), 'read', line.slice(0, length));
			assert.notEqual(codeOf(line.slice(line.length - length)), 'read');
		}
	}
});

test('no change of one byte, and no byte lost or added, gives another reading', () => {
	for (const line of [bmrdd, bnrdd, noPosition]) {
		const original = parseSentence(line);
		const bytes = Buffer.from(line, 'latin1');
		const judge = (changed: Buffer): void => {
			try {
				assert.deepEqual(parseSentence(changed.toString('latin1')), original);
			} catch (error) {
				assert(error instanceof Problem);
			}
		};
		for (let at = 0; at < bytes.length; at++) {
			for (let byte = 0; byte < 256; byte++)
				judge(Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + 1)]));
			for (let byte = 0; byte < 256; byte += 7)
				judge(Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)]));
			judge(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]));
		}
	}
});

test('a change of several bytes is read only when the checksum cannot see it: their XOR is unchanged', () => {
	const body = bmrdd.slice(1, -3);
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fc.nat(body.length - 1), fc.integer({ min: 0x20, max: 0x7e })), { minLength: 2, maxLength: 6 }),
			(changes) => {
				const bytes = Buffer.from(body);
				for (const [at, byte] of changes) bytes[at] = byte;
				const changed = bytes.toString();
				if (codeOf(`$${changed}*63`) !== 'read') return;
				assert.equal(summed(changed), `$${changed}*63`);
			},
		),
		{ numRuns: 2000 },
	);
	// What it cannot see, stated: bytes that changed places.
	assert.equal(parseSentence(bmrdd.replace(',51,', ',15,')).countsPerMinute, 15);
});

test('garbage is a Problem and nothing else', () => {
	fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => codeOf(line) !== 'read'));
	fc.assert(fc.property(fc.string(), (body) => codeOf(summed(`BMRDD,${body}`)) !== 'read'));
});

for (const [name, valid, voided] of [
	['safecast-007-0608.log', 2311, 0],
	['safecast-028-0523.log', 1693, 8],
] as const) {
	const file = new URL(`../../../../shared/data/${name}`, import.meta.url);
	test(
		`${name}: each sentence is read or named`,
		{ skip: existsSync(file) ? false : 'the log is not beside the project' },
		() => {
			const counts: Record<string, number> = {};
			for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
				if (line === '' || line.startsWith('#')) continue;
				const code = codeOf(line);
				counts[code] = (counts[code] ?? 0) + 1;
			}
			assert.deepEqual(counts, { read: valid, ...(voided > 0 ? { 'sentence-void': voided } : {}) });
		},
	);
}
