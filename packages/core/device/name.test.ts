import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deviceNameOf, isName, nameLike } from './name.ts';

test('an EUI as it is printed on a device becomes a name, and a name stays as it is', () => {
	const cases: [string, string | null][] = [
		['AA:BB:CC:DD:EE:0F', 'aa-bb-cc-dd-ee-0f'],
		['aa:bb:cc:dd:ee:0f', 'aa-bb-cc-dd-ee-0f'],
		['AA-BB-CC-DD-EE-0F', 'aa-bb-cc-dd-ee-0f'],
		['AABBCCDDEE0F', 'aabbccddee0f'],
		['AABB.CCDD.EE0F', 'aabb.ccdd.ee0f'],
		['70:B3:D5:7E:D0:00:00:01', '70-b3-d5-7e-d0-00-00-01'],
		['70B3D57ED0000001', '70b3d57ed0000001'],
		['70B3:D57E:D000:0001', '70b3-d57e-d000-0001'],
		[' AA:BB:CC:DD:EE:0F ', 'aa-bb-cc-dd-ee-0f'],
		['aa-bb-cc-dd-ee-0f', 'aa-bb-cc-dd-ee-0f'],
		['probe-1', 'probe-1'],
		// What is no EUI is somebody's word: changing it without being asked could make another device's name of it.
		['Probe-1', null],
		['AA:BB:CC:DD:EE', null],
		['AA:BB-CC:DD-EE:0F', null],
		['AA:BB:CC:DD:EE:0F:11', null],
		['GG:BB:CC:DD:EE:0F', null],
		['probe_1', null],
		['', null],
	];
	for (const [text, name] of cases) assert.equal(deviceNameOf(text), name, text);
});

test('what is like a name is one', () => {
	assert.equal(nameLike('Probe 1'), 'probe-1');
	assert.equal(nameLike('Kühlraum_2'), 'kuhlraum-2');
	assert.equal(nameLike('…'), null);
	fc.assert(
		fc.property(fc.string({ unit: 'grapheme' }), (text) => {
			for (const name of [deviceNameOf(text), nameLike(text)]) assert(name === null || isName(name));
		}),
	);
});
