import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instrumentsOf } from './instruments.ts';

test('what is read through a wire is an instrument behind the device, and what is in its machine is not', () => {
	const map = ['b=holding:0:int16', 'a=holding:1:int16'];
	assert.deepEqual(instrumentsOf({ source: 'modbus-rtu', map }), [
		{ wire: 'modbus-rtu', protected: false, streams: ['a', 'b'] },
	]);
	for (const [url, isProtected] of [
		['mqtt://h', false],
		['mqtts://h', true],
		['MQTTS://h', true],
	] as const)
		assert.deepEqual(instrumentsOf({ source: 'mqtt', url }), [{ wire: 'mqtt', protected: isProtected, streams: [] }]);
	for (const source of ['csv', 'stdin', 'hwmon', 'iio', 'module'])
		assert.deepEqual(instrumentsOf({ source, map: ['a=b'] }), []);
});
