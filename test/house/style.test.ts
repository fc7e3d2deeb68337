import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, read } from './source.ts';

// What the type checker, linter and formatter cannot hold.

const sources = files('{packages,scripts,attacks,bench,examples,test}/**/*.{js,mjs,ts}');

test('a source file of a package has at most 300 lines', () => {
	const long = sources
		.filter((file) => file.startsWith('packages/') && !file.endsWith('.test.ts'))
		.map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
		.filter(({ lines }) => lines > 300);
	assert.deepEqual(long, []);
});

test('no check is switched off, nothing is left for later', () => {
	const mark =
		/\b(?:oxlint|eslint)-disable|@ts-(?:ignore|expect|nocheck)|oxfmt-ignore|prettier-ignore|\b(?:TODO|FIXME|XXX)\b/;
	const found = sources.filter((file) => file !== 'test/house/style.test.ts' && mark.test(read(file)));
	assert.deepEqual(found, []);
});

test('no test counts attempts, or waits for a few seconds of the clock: it waits for what is to happen', () => {
	const counted = /\blet (\w+) = 0; \1 < \d[\d_]* && .*(?:sleep|setTimeout)|\btries > \d/;
	// `until` has the one generous limit.
	const timed = /\b(?:end|late|deadline) = (?:Date|performance)\.now\(\) \+ \d{1,2}_?\d{0,3};/;
	const found = sources
		.filter((file) => /\.(?:test|fixture)\.ts$|^packages\/testing\//.test(file))
		.flatMap((file) =>
			read(file)
				.split('\n')
				.flatMap((line, at) => (counted.test(line) || timed.test(line) ? [`${file}:${at + 1}`] : [])),
		);
	assert.deepEqual(found, []);
});

test('no test is left out or alone', () => {
	const found = sources.filter(
		(file) => file.endsWith('.test.ts') && /\btest\.(only|todo|skip)\(|\b(only|todo|skip): true/.test(read(file)),
	);
	assert.deepEqual(found, []);
});
