import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { minutes, Problem } from '@keyward/core';
import * as fc from 'fast-check';
import { createLog, type Log } from './log.ts';

const logTo = (): { log: Log; lines: Record<string, unknown>[]; text(): string; wait(span: number): void } => {
	const written: string[] = [];
	let at = Date.UTC(2026, 10, 22);
	return {
		log: createLog(
			'debug',
			(line) => written.push(line),
			() => at,
		),
		get lines() {
			return written.map((line) => JSON.parse(line) as Record<string, unknown>);
		},
		text: () => written.join(''),
		wait: (span) => {
			at += span;
		},
	};
};

const pem = (): string =>
	generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

test('a line is one JSON object with time, level, message and fields', () => {
	const told = logTo();
	told.log.warn('disk is short', { free: 12 });
	assert.deepEqual(told.lines, [
		{ level: 'warn', time: '2026-11-22T00:00:00.000Z', free: 12, message: 'disk is short' },
	]);
	assert.match(told.text(), /^\{.*\}\n$/);
});

test('secrets are redacted wherever they stand: message, field, nested field, error, cause', () => {
	const secret = randomBytes(24).toString('base64url');
	const key = pem();
	const body = key.split('\n')[1] ?? '';
	const places: ((log: Log, text: string) => void)[] = [
		(log, text) => log.info(text),
		(log, text) => log.info('x', { note: text }),
		(log, text) => log.debug('x', { a: [{ b: { c: text } }] }),
		(log, text) => log.report(new Error(text)),
		(log, text) => log.report(new Problem('internal', 'x', { cause: new Error(text) })),
		(log, text) => log.report(text),
		(log, text) => log.refusals({ [text]: 1 }),
	];
	const texts = [
		`joined with keyward1.${secret}`,
		`Authorization: Basic ${secret}`,
		`authorization=Bearer ${secret}`,
		`token: ${secret} was wrong`,
		`{"token":"${secret}"}`,
		`PIN=${secret}`,
		`pkcs11:token=hsm;pin-value=${secret}`,
		`started with --pin ${secret}`,
		`https://user:${secret}@alerts.example/`,
		`password: "${secret}"`,
	];
	for (const [place, say] of places.entries()) {
		for (const text of texts) {
			const told = logTo();
			told.wait(minutes(2));
			say(told.log, text);
			assert.ok(told.text().includes('[redacted]'), `${place}: ${text}`);
			assert.ok(!told.text().includes(secret), `${place}: ${told.text()}`);
		}
		for (const whole of [key, key.slice(0, 120), key.replaceAll('\n', '\\n'), `"${key}"`]) {
			const told = logTo();
			told.wait(minutes(2));
			say(told.log, whole);
			assert.ok(!told.text().includes(body.slice(0, 30)), `${place}: ${told.text()}`);
		}
	}
});

test('a field with the name of a secret is emptied, whatever it holds; bytes are never shown', () => {
	const told = logTo();
	told.log.info('x', {
		token: 1,
		apiToken: 'a',
		pin: ['1', '2'],
		userPin: 'b',
		privateKey: { d: 'c' },
		'x-authorization': 'd',
		commissioning: 'e',
		seal: Buffer.from('f'),
		bytes: Buffer.from('secret bytes'),
		pinFile: '/etc/hsm.pin',
		code: 'token-unknown',
	});
	const fields = Object.entries(told.lines[0] ?? {}).filter(([name]) => !['time', 'level', 'message'].includes(name));
	const gone = '[redacted]';
	assert.deepEqual(Object.fromEntries(fields), {
		...{ token: gone, apiToken: gone, pin: gone, userPin: gone, privateKey: gone, 'x-authorization': gone },
		...{ commissioning: gone, seal: gone, bytes: '[12 bytes]', pinFile: '/etc/hsm.pin', code: 'token-unknown' },
	});
});

test('whatever is logged, each line stays one JSON object', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), fc.json(), (message, json) => {
			const told = logTo();
			told.log.info(message, { json, value: JSON.parse(json) as unknown });
			assert.equal(told.lines.length, 1);
		}),
		{ numRuns: 300 },
	);
});

test('a flood of the same error is one line, and one that counts it; of different errors, a hundred', () => {
	const told = logTo();
	for (let i = 0; i < 5000; i++) told.log.report(new Error('disk I/O error'));
	assert.equal(told.lines.length, 1);
	told.wait(minutes(1));
	told.log.report(new Error('disk I/O error'));
	assert.deepEqual(
		told.lines.map(({ message, times }) => [message, times]),
		[
			['disk I/O error', undefined],
			['reported again', 4999],
			['disk I/O error', undefined],
		],
	);
	for (let i = 0; i < 5000; i++) told.log.report(new Error(`different ${i}`));
	assert.ok(told.lines.length < 110, `${told.lines.length} lines`);
});

test('refusals are summed up once a minute, by what was added', () => {
	const told = logTo();
	told.log.refusals({ 'reading-unit': 5 });
	assert.equal(told.lines.length, 0);
	told.wait(minutes(1));
	told.log.refusals({ 'reading-unit': 900, 'not-granted': 1 });
	told.log.refusals({ 'reading-unit': 901, 'not-granted': 1 });
	told.wait(minutes(1));
	told.log.refusals({ 'reading-unit': 902, 'not-granted': 1 });
	told.wait(minutes(1));
	told.log.refusals({ 'reading-unit': 902, 'not-granted': 1 });
	assert.deepEqual(
		told.lines.map(({ refused }) => refused),
		[{ 'reading-unit': 900, 'not-granted': 1 }, { 'reading-unit': 2 }],
	);
});

test('below its level it says nothing', () => {
	const lines: string[] = [];
	const log = createLog('warn', (line) => lines.push(line));
	log.info('a');
	log.debug('b');
	log.warn('c');
	assert.equal(lines.length, 1);
});
