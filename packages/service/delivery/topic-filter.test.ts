import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import fc from 'fast-check';
import { WireReader } from '../mqtt/protocol/wire-reader.ts';
import { isWithinBounds, matches, namedBy } from './topic-filter.ts';

/** Whether SUBSCRIBE may carry the text as a filter. */
const isFilter = (text: string): boolean => {
	const bytes = Buffer.from(text);
	try {
		new WireReader(Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]), 0).filter();
		return true;
	} catch (error) {
		if (error instanceof Problem && error.code === 'packet-malformed') return false;
		throw error;
	}
};

// The rules of MQTT 5 §4.7.1, with topics of three levels.
const stream = { application: 'hall', device: 'probe-1', stream: 'dose-rate' };

test('filters as MQTT 5 §4.7.1 gives them', () => {
	for (const good of [
		'#',
		'+',
		'/',
		'//',
		'sport/#',
		'sport/tennis/#',
		'sport/+',
		'+/tennis/#',
		'sport/+/player1',
		'/+',
		' ',
		'$SYS/#',
		'a'.repeat(60_000),
	]) {
		assert.equal(isFilter(good), true, good.slice(0, 40));
	}
	for (const bad of [
		'',
		'sport/tennis#',
		'sport/tennis/#/ranking',
		'sport+',
		'+a',
		'a/+b/c',
		'##',
		'#/',
		'++',
		'a\0',
		'+/#b',
	]) {
		assert.equal(isFilter(bad), false, bad);
	}
});

test('a filter has eight levels and 256 bytes at most', () => {
	for (const good of ['#', 'a/b/c/d/e/f/g/h', 'é'.repeat(128), '//']) assert.equal(isWithinBounds(good), true, good);
	for (const bad of ['a/b/c/d/e/f/g/h/i', '/'.repeat(65_000), 'a'.repeat(257), 'é'.repeat(129)]) {
		assert.equal(isWithinBounds(bad), false, bad.slice(0, 40));
	}
});

test('a filter of three levels without a wildcard names a stream', () => {
	assert.deepEqual(namedBy('hall/probe-1/dose-rate'), stream);
	for (const other of ['hall/probe-1', 'hall/+/dose-rate', 'hall/probe-1/#', 'hall/probe-1/dose-rate/x', '#']) {
		assert.equal(namedBy(other), null, other);
	}
});

test('what matches a stream', () => {
	for (const filter of [
		'hall/probe-1/dose-rate',
		'#',
		'+/+/+',
		'hall/#',
		'hall/probe-1/#',
		'hall/+/dose-rate',
		'+/probe-1/+',
		'+/#',
		'hall/probe-1/dose-rate/#',
	]) {
		assert.equal(matches(filter, stream), true, filter);
	}
	for (const filter of [
		...['hall', '+', 'hall/probe-1', '+/+', '+/+/+/+', 'hall/probe-1/dose-rate/', 'hall/probe-1/dose-rate/+'],
		...['/hall/probe-1/dose-rate', 'HALL/probe-1/dose-rate', 'hall/probe/dose-rate', 'hall/probe-10/dose-rate'],
		...['*/probe-1/dose-rate', 'hall/*/dose-rate', 'hall/probe-1/*', 'other/#', '/#', ''],
	]) {
		assert.equal(matches(filter, stream), false, filter);
	}
	// §4.7.1.2: "#" includes the parent level.
	assert.equal(matches('+/+/+/#', stream), true);
});

test('a grant for every device is touched by a filter for any one of them, and by no other stream', () => {
	const every = { ...stream, device: '*' };
	for (const filter of ['hall/probe-1/dose-rate', 'hall/ghost/dose-rate', 'hall/+/dose-rate', 'hall/#', '#']) {
		assert.equal(matches(filter, every), true, filter);
	}
	for (const filter of ['hall/probe-1/state', 'other/probe-1/dose-rate', 'hall/probe-1', 'hall/+/state']) {
		assert.equal(matches(filter, every), false, filter);
	}
});

test('matching is what the text of §4.7.1 says, level by level', () => {
	const level = fc.constantFrom('hall', 'probe-1', 'dose-rate', 'x', '+', '');
	const filter = fc
		.tuple(fc.array(level, { minLength: 1, maxLength: 5 }), fc.boolean())
		.map(([levels, open]) => [...levels, ...(open ? ['#'] : [])].join('/'));
	const asRegExp = (text: string): RegExp => {
		const pattern = text
			.split('/')
			.map((one) => (one === '+' ? '[^/]*' : one === '#' ? '.*' : one))
			.join('/');
		return new RegExp(`^${pattern.replace(/\/\.\*$/, '(/.*)?')}$`);
	};
	fc.assert(
		fc.property(filter, (text) => {
			assert.equal(isFilter(text), text !== '');
			assert.equal(matches(text, stream), asRegExp(text).test('hall/probe-1/dose-rate'), text);
		}),
		{ numRuns: 3000 },
	);
});
