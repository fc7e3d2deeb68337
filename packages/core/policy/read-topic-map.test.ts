import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPolicy } from './read-policy.ts';
import { topicFor } from './topic-map.ts';
import { sharedBy } from './topic-overlap.ts';

const policyWith = (publishes: string): string => `application: house
level: { authenticity: 1, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  power: { unit: W, every: 10s, readers: [], doubtful-time: mark }
  temperature: { unit: Cel, every: 10s, readers: [] }
devices:
  plug:
    custody: [software]
    streams: [power, temperature]
    publishes:
${publishes}
`;

test('the maps of a class are read', () => {
	const read = readPolicy(
		policyWith(`      - topic: tele/{device}/SENSOR
        time: $.Time
        values: { power: $.ENERGY.Power, temperature: "$['AM2301'].Temperature" }
      - { topic: "shellies/{device}/relay/0/power", values: { power: value } }`),
	);
	assert.ok('policy' in read, JSON.stringify(read));
	const maps = read.policy.devices.get('plug')?.publishes ?? [];
	assert.deepEqual(
		maps.map((map) => [topicFor(map, 'plug-1'), map.time, [...map.values]]),
		[
			[
				'tele/plug-1/SENSOR',
				['Time'],
				[
					['power', ['ENERGY', 'Power']],
					['temperature', ['AM2301', 'Temperature']],
				],
			],
			['shellies/plug-1/relay/0/power', null, [['power', null]]],
		],
	);
});

test('what could file a value wrongly is a finding', () => {
	for (const [publishes, said] of [
		['      []', /publishes of plug must name 1 to 64 topics/],
		['      - { topic: tele/+/SENSOR, values: { power: value } }', /no wildcards/],
		['      - { topic: house/plug-1/power, values: { power: value } }', /under house\//],
		['      - { topic: "$SYS/x", values: { power: value } }', /the service’s own/],
		['      - { topic: "tele/{name}", values: { power: value } }', /only \{device\} stands in braces/],
		['      - { topic: tele/x, values: { power: ENERGY.Power } }', /must be value, or a path/],
		['      - { topic: tele/x, values: { pwoer: value } }', /no stream of this class; did you mean "power"/],
		['      - { topic: tele/x, values: {} }', /at least one stream/],
		['      - { topic: tele/x }', /lacks values/],
		['      - { topic: tele/x, values: { temperature: value } }', /would be dated by its arrival/],
		[
			'      - { topic: tele/x, values: { power: value } }\n      - { topic: tele/x, values: { power: value } }',
			/twice/,
		],
		[
			'      - { topic: "tele/{device}/SENSOR", values: { power: value } }\n      - { topic: tele/plug1/SENSOR, values: { power: $.a } }',
			/"tele\/plug1\/SENSOR", which is "tele\/\{device\}\/SENSOR" as well for a device called plug1: /,
		],
	] as const) {
		const read = readPolicy(policyWith(publishes));
		assert.ok('findings' in read, publishes);
		assert.match(read.findings.map(({ message }) => message).join('\n'), said);
	}
});

test('two topics are one for a device, or for none', () => {
	for (const [a, b, device] of [
		['tele/{device}/SENSOR', 'tele/plug1/SENSOR', 'plug1'],
		['tele/{device}/SENSOR', 'tele/{device}/STATE', null],
		['tele/{device}/SENSOR', 'tele/Plug1/SENSOR', null],
		['tele/{device}/SENSOR', 'tele/a/b/SENSOR', null],
		['{device}/a', 'b/{device}', null],
		['{device}/b', 'b/{device}', 'b'],
		['t/{device}-{device}', 't/ab-ab', 'ab'],
		['t/{device}-{device}', 't/ab-ac', null],
		['t/a{device}', 't/{device}a', 'a'],
		['t/{device}', 't/{device}', 'x'],
		['t/x', 't/x', 'x'],
		['t/{device}', `t/${'y'.repeat(65)}`, null],
	] as const) {
		assert.equal(sharedBy(a, b), device, `${a} ${b}`);
		assert.equal(sharedBy(b, a), device, `${b} ${a}`);
		if (device !== null) assert.equal(a.replaceAll('{device}', device), b.replaceAll('{device}', device));
	}
});
