import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { days, hours, seconds } from '../units/milliseconds.ts';
import type { DocumentFinding } from './finding.ts';
import { parsePolicy, readPolicy } from './read-policy.ts';

const good = `application: reactor-hall
level: { authenticity: 4, authorization: 4, integrity: 4, confidentiality: 3, adaptability: 3, resistance: 4 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [safety-desk], essential: true, range: [0, 1] }
  count-rate: { unit: 1/min, every: 1 min, readers: [] }
devices:
  gamma-probe: { custody: [tpm2, software], streams: [dose-rate], sleeps: 2d }
tighten:
  certificate-lifetime: 24h
`;

const findingsOf = (text: string): readonly DocumentFinding[] => {
	const read = readPolicy(text);
	return 'findings' in read ? read.findings : [];
};

test('a unit that is hardly meant is refused of a new policy, and one in force stays readable', () => {
	const coulombs = good.replace('unit: 1/min', 'unit: C');
	const dew = coulombs.replace('count-rate:', 'dewpoint:');
	assert.deepEqual(findingsOf(coulombs), []);
	assert.match(findingsOf(dew)[0]?.message ?? '', /coulomb.*Cel/);
	assert.equal(parsePolicy(dew, 'taken').streams.get('dewpoint')?.unit, 'C');
	assert.throws(() => parsePolicy(dew.replace('unit: C,', 'unit: furlongs,'), 'taken'), {
		code: 'policy-unknown-unit',
	});
});

test('reads a policy whole', () => {
	const policy = parsePolicy(good);
	assert.equal(policy.application, 'reactor-hall');
	assert.equal(policy.mode, 'enforce');
	assert.equal(policy.level.confidentiality, 3);
	assert.deepEqual(policy.streams.get('dose-rate'), {
		name: 'dose-rate',
		unit: 'Sv/h',
		every: seconds(10),
		readers: ['safety-desk'],
		essential: true,
		range: [0, 1],
	});
	assert.deepEqual(policy.streams.get('count-rate'), {
		name: 'count-rate',
		unit: '1/min',
		every: seconds(60),
		readers: [],
		essential: false,
	});
	assert.deepEqual(policy.devices.get('gamma-probe'), {
		name: 'gamma-probe',
		custody: ['tpm2', 'software'],
		streams: ['dose-rate'],
		sleeps: days(2),
	});
	assert.equal(policy.commands.size, 0);
	assert.equal(policy.parameters['certificate-lifetime'], hours(24));
	assert.equal(policy.parameters['link-encryption'], 'tls1.3');
});

test('a command is dangerous or harmless', () => {
	const text = `${good}commands: { blink: harmless, restart: dangerous }\n`;
	assert.deepEqual(
		[...parsePolicy(text).commands],
		[
			['blink', 'harmless'],
			['restart', 'dangerous'],
		],
	);
	const [finding] = findingsOf(text.replace('blink: harmless', 'blink: false'));
	assert.match(finding?.message ?? '', /blink must be dangerous or harmless, not false/);
});

test('the examples are policies', () => {
	for (const name of ['reactor-hall', 'weather-station']) {
		const text = readFileSync(new URL(`../../../examples/${name}/policy.yaml`, import.meta.url), 'utf8');
		assert.deepEqual(findingsOf(text), []);
		assert.equal(parsePolicy(text).application, name);
	}
});

/** Each mistake: what is replaced by what, the code, and where the finding stands: at the given words of the new text. */
const mistakes: [string, string, string, string, string][] = [
	// [what, by, code, position at, words of the message]
	[
		'application: reactor-hall',
		'application: Reactor Hall',
		'policy-bad-value',
		'Reactor Hall',
		'application must be a name',
	],
	['application: reactor-hall', 'application: 7', 'policy-bad-value', '7', 'application must be a name'],
	['application: reactor-hall\n', '', 'policy-missing-key', 'level', 'lacks application'],
	['application: reactor-hall', 'application: ~', 'policy-bad-value', '~', 'not nothing'],
	['mode: enforce', 'mode: enforced', 'policy-bad-value', 'enforced', 'enforce or audit'],
	['mode: enforce', 'mode: true', 'policy-bad-value', 'true', 'enforce or audit'],
	['mode: enforce\n', 'mode: enforce\nmode: audit\n', 'policy-syntax', 'mode: audit', 'written twice'],
	['mode: enforce', 'mood: enforce', 'policy-unknown-key', 'mood', 'did you mean "mode"?'],
	['resistance: 4 }', 'resistance: 5 }', 'policy-bad-value', '5 }', 'level from 0 to 4'],
	['resistance: 4 }', 'resistance: -1 }', 'policy-bad-value', '-1 }', 'level from 0 to 4'],
	['resistance: 4 }', 'resistance: 1.5 }', 'policy-bad-value', '1.5 }', 'level from 0 to 4'],
	['resistance: 4 }', "resistance: '4' }", 'policy-bad-value', "'4' }", 'level from 0 to 4'],
	[', resistance: 4 }', ' }', 'policy-missing-key', '{ authenticity', 'lacks resistance'],
	['integrity: 4', 'integrty: 4', 'policy-unknown-key', 'integrty', 'did you mean "integrity"?'],
	['unit: Sv/h', 'unit: Sv/hr', 'policy-unknown-unit', 'Sv/hr', 'did you mean "Sv/h"?'],
	['unit: Sv/h', 'unit: furlong', 'policy-unknown-unit', 'furlong', 'no unit of SenML'],
	['unit: Sv/h', 'unit: 1', 'policy-bad-value', '1, every', 'symbol of a unit'],
	['unit: Sv/h, ', '', 'policy-missing-key', '{ every', 'lacks unit'],
	['every: 10s', 'every: 10', 'policy-bad-value', '10, readers', 'span of time'],
	['every: 10s', 'every: 0s', 'policy-bad-value', '0s', 'no span of time'],
	['every: 10s', 'every: ten', 'policy-bad-value', 'ten', 'no span of time'],
	['every: 10s', 'every: 5m', 'policy-bad-value', '5m', '5min for minutes'],
	['readers: [safety-desk]', 'readers: safety-desk', 'policy-bad-value', 'safety-desk', 'must be a list'],
	['readers: [safety-desk]', 'readers: [Safety]', 'policy-bad-value', 'Safety', 'must be a name'],
	['readers: [safety-desk]', 'readers: [a, a]', 'policy-bad-value', 'a], ess', 'names a twice'],
	['essential: true', 'essential: yes', 'policy-bad-value', 'yes', 'true or false'],
	['essential: true', 'esential: true', 'policy-unknown-key', 'esential', 'did you mean "essential"?'],
	['range: [0, 1]', 'range: [1, 0]', 'policy-bad-value', '[1, 0]', 'lowest first'],
	['range: [0, 1]', 'range: [0]', 'policy-bad-value', '[0]', 'lowest'],
	['range: [0, 1]', 'range: [0, 1, 2]', 'policy-bad-value', '[0, 1, 2]', 'lowest'],
	['range: [0, 1]', 'range: [0, .inf]', 'policy-bad-value', '.inf', 'finite number'],
	['range: [0, 1]', 'range: [0, .nan]', 'policy-bad-value', '.nan', 'finite number'],
	['range: [0, 1]', 'range: 1', 'policy-bad-value', '1 }', 'must be a list'],
	['range: [0, 1]', 'doubtful-time: keep', 'policy-bad-value', 'keep', 'refuse or mark'],
	['range: [0, 1]', 'stuck-after: 1', 'policy-bad-value', '1 }', 'or never'],
	['range: [0, 1]', 'stuck-after: no', 'policy-bad-value', 'no }', 'or never'],
	['range: [0, 1]', 'largest-change: 5', 'policy-bad-value', '5 }', 'must be a list'],
	['range: [0, 1]', 'largest-change: [5]', 'policy-bad-value', '[5]', 'such as [25, 1h]'],
	['range: [0, 1]', 'largest-change: [0, 1h]', 'policy-bad-value', '0, 1h', 'above 0'],
	['range: [0, 1]', 'largest-change: [5, 1]', 'policy-bad-value', '1] }', 'span of time'],
	['  dose-rate: {', '  Dose_Rate: {', 'policy-bad-value', 'Dose_Rate', 'must be a name'],
	['tpm2, software', 'tpm', 'policy-bad-value', 'tpm]', 'one of software, tpm2, pkcs11'],
	['[tpm2, software]', '[]', 'policy-bad-value', '[], streams', 'at least one'],
	['streams: [dose-rate]', 'streams: [dose-rat]', 'policy-unknown-reference', 'dose-rat]', 'did you mean "dose-rate"?'],
	['sleeps: 2d', 'sleeps: 2 weeks', 'policy-bad-value', '2 weeks', 'no span of time'],
	['certificate-lifetime: 24h', 'certificate-lifetime: 8d', 'policy-laxer', '8d', '8 d is laxer'],
	['certificate-lifetime: 24h', 'certificate-lifetime: 24', 'policy-bad-value', '24\n', 'with a unit'],
	[
		'certificate-lifetime: 24h',
		'certificate-lifetme: 24h',
		'policy-unknown-reference',
		'certificate-lifetme',
		'did you mean "certificate-lifetime"?',
	],
	['certificate-lifetime: 24h', 'link-encryption: tls1.2-aead', 'policy-laxer', 'tls1.2-aead', 'laxer'],
	['certificate-lifetime: 24h', 'link-encryption: tls13', 'policy-bad-value', 'tls13', 'did you mean "tls1.3"?'],
	['certificate-lifetime: 24h', 'unique-key: false', 'policy-bad-value', 'false', 'asked or not'],
	['certificate-lifetime: 24h', 'firmware-signed: 2', 'policy-laxer', '2\n', 'laxer'],
	['  certificate-lifetime: 24h', '  - certificate-lifetime', 'policy-bad-value', '- certificate', 'must be a mapping'],
	['mode: enforce', 'mode: &m enforce', 'policy-syntax', 'enforce', 'anchors'],
	['mode: enforce', 'mode: !!str enforce', 'policy-syntax', 'enforce', 'tags'],
	['mode: enforce', 'mode: !mine enforce', 'policy-syntax', 'enforce', 'tags'],
	['mode: enforce', '? [a]\n: b\nmode: enforce', 'policy-syntax', '[a]', 'must be a name'],
	['mode: enforce', '<<: { mode: enforce }', 'policy-unknown-key', '<<', 'no key "<<"'],
	['mode: enforce', '__proto__: enforce', 'policy-unknown-key', '__proto__', 'no key'],
	['certificate-lifetime: 24h', 'constructor: 24h', 'policy-unknown-reference', 'constructor', 'no requirement'],
	['streams:\n', 'streams: {\n', 'policy-syntax', '', ''],
];

test('every kind of mistake is named, with a code and where it stands', () => {
	for (const [what, by, code, words, message] of mistakes) {
		assert.ok(good.includes(what), what);
		const text = good.replace(what, by);
		const found = findingsOf(text).filter((finding) => finding.code === code && finding.message.includes(message));
		const shown = `${by}: ${JSON.stringify(findingsOf(text))}`;
		assert.ok(found.length > 0, shown);
		if (words === '') continue;
		const offset = text.indexOf(words, good.lastIndexOf('\n', good.indexOf(what)) + 1);
		assert.ok(offset >= 0, shown);
		const before = text.slice(0, offset).split('\n');
		const at = [before.length, (before.at(-1) ?? '').length + 1];
		const positions = found.map(({ line, column }) => [line, column].join(':'));
		assert.ok(positions.includes(at.join(':')), `${shown} expected at ${at.join(':')}`);
	}
});

test('an alias is refused where it stands', () => {
	const text = good.replace('[safety-desk]', '&r [safety-desk]').replace('readers: []', 'readers: *r');
	const messages = findingsOf(text).map(({ message }) => message);
	assert.ok(
		messages.some((message) => message.includes('aliases')) && messages.some((message) => message.includes('anchors')),
	);
});

test('all findings are collected, in the order of the text', () => {
	const text = good
		.replace('unit: Sv/h', 'unit: Sv/hour')
		.replace('mode: enforce', 'mode: maybe')
		.replace('resistance: 4', 'resistance: 9')
		.replace('certificate-lifetime: 24h', 'certificate-lifetime: 1y')
		.replace('custody: [tpm2, software]', 'custody: [flash]');
	assert.deepEqual(
		findingsOf(text).map(({ line, code }) => [line, code]),
		[
			[2, 'policy-bad-value'],
			[3, 'policy-bad-value'],
			[5, 'policy-unknown-unit'],
			[8, 'policy-bad-value'],
			[10, 'policy-laxer'],
		],
	);
	assert.throws(
		() => parsePolicy(text),
		(error) =>
			error instanceof Problem && error.code === 'policy-bad-value' && error.detail.startsWith('line 2, column 108: '),
	);
});

test('what is no policy at all is said so', () => {
	const deep = '['.repeat(60_000);
	for (const [text, message] of [
		['', 'empty'],
		['# nothing\n', 'empty'],
		['- a', 'must be a mapping'],
		['policy', 'must be a mapping'],
		[deep, 'nested too deeply'],
		['a: '.repeat(10), ''],
		['x'.repeat(300_000), 'at most 256 KiB'],
		[`%YAML 1.1\n---\n${good}`, '%YAML'],
		[`${good}---\n${good}`, 'one document'],
		['\0', ''],
	] as const) {
		const findings = findingsOf(text);
		assert.ok(findings.length > 0 && findings.length < 20, text.slice(0, 20));
		assert.ok(
			findings.some((finding) => finding.message.includes(message)),
			JSON.stringify(findings),
		);
	}
});

test('line ends of every kind and a byte order mark change nothing', () => {
	assert.deepEqual(findingsOf(good.replaceAll('\n', '\r\n')), []);
	assert.deepEqual(findingsOf(`\uFEFF${good}`), []);
});

const piece = fc.constantFrom(
	...good.split(/(?<=[\s:{}[\],])/),
	'&a ',
	'*a',
	'!!x ',
	'- ',
	'? ',
	'"',
	"'",
	'|\n',
	'\t',
	'\u2028',
	'~',
	'<<: ',
);

const check = (text: string): void => {
	const lines = text.split(/\r\n|\n|\r/);
	for (const { line, column } of findingsOf(text)) {
		assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
		assert.ok(column >= 1 && column <= text.length + 1);
	}
	try {
		parsePolicy(text);
	} catch (error) {
		assert.ok(error instanceof Problem, String(error));
	}
};

test('whatever the text, nothing is thrown but a Problem, and positions lie in the text', () => {
	fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), check));
	fc.assert(
		fc.property(
			fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join('')),
			check,
		),
	);
	// A good policy with one span of it replaced.
	fc.assert(
		fc.property(fc.nat(good.length), fc.nat(12), piece, (from, length, by) => {
			check(good.slice(0, from) + by + good.slice(from + length));
		}),
		{ numRuns: 150 },
	);
});

test('an unknown name is found at its own line and column, wherever it stands', () => {
	fc.assert(
		fc.property(fc.nat(20), fc.nat(20), (above, indent) => {
			const head = '# filler\n'.repeat(above);
			const text = `${head}${good}extra-${'x'.repeat(indent)}: 1\n`;
			const [finding] = findingsOf(text);
			assert.deepEqual([finding?.code, finding?.line, finding?.column], ['policy-unknown-key', above + 11, 1]);
		}),
	);
});

test('what a stream says of doubts', () => {
	const terms = (more: string) => {
		const { streams } = parsePolicy(good.replace('range: [0, 1]', more));
		const { doubtfulTime, stuckAfter, largestChange } = streams.get('dose-rate') ?? {};
		return { doubtfulTime, stuckAfter, largestChange };
	};
	assert.deepEqual(terms('range: [0, 1]'), {
		doubtfulTime: undefined,
		stuckAfter: undefined,
		largestChange: undefined,
	});
	assert.deepEqual(terms('doubtful-time: mark, stuck-after: 60, largest-change: [2.5, 1h]'), {
		doubtfulTime: 'mark',
		stuckAfter: 60,
		largestChange: { most: 2.5, within: 3_600_000 },
	});
	assert.deepEqual(terms('doubtful-time: refuse, stuck-after: never, largest-change: any'), {
		doubtfulTime: 'refuse',
		stuckAfter: null,
		largestChange: null,
	});
});

test('the mode that was called report until 0.1 is read as audit', () => {
	const text = readFileSync(new URL('../../../examples/weather-station/policy.yaml', import.meta.url), 'utf8');
	for (const [written, mode] of [
		['report', 'audit'],
		['audit', 'audit'],
		['enforce', 'enforce'],
	]) {
		const read = readPolicy(text.replace('mode: enforce', `mode: ${written}`));
		assert.equal('policy' in read && read.policy.mode, mode);
	}
});
