import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSysfs } from '@keyward/testing/agent/sysfs-folder';
import { keyward } from '../keyward.fixture.ts';

test('what is shown is what device run can be given, and a sensor that gives nothing is shown with the reason', async (t) => {
	const sysfs = makeSysfs(t);
	sysfs.write({
		'class/hwmon/hwmon0/name': 'lm75',
		'class/hwmon/hwmon0/temp1_input': '20125',
		'class/thermal/thermal_zone0/type': 'cpu-thermal',
		'bus/iio/devices/iio:device0/name': 'bme280',
		'bus/iio/devices/iio:device0/in_pressure_input': '101.325',
	});
	sysfs.breakFile('class/thermal/thermal_zone0/temp');
	const { stdout, status } = await keyward(['device', 'sources', '--sysfs', sysfs.root, '--json']);
	assert.equal(status, 0);
	const found = JSON.parse(stdout) as { source: string; detail?: string }[];
	assert.deepEqual(
		found
			.filter(({ source }) => source !== 'serial')
			.map(({ detail, ...rest }) => [rest, detail?.includes('EIO') ?? false]),
		[
			[{ source: 'hwmon', channel: 'lm75/temp1', unit: 'Cel', value: 20.125 }, false],
			[{ source: 'iio', channel: 'bme280/pressure', unit: 'Pa', value: 101_325 }, false],
			[{ source: 'thermal', channel: 'cpu-thermal/temp', unit: 'Cel', value: null }, true],
		],
	);
	const table = await keyward(['device', 'sources', '--sysfs', sysfs.root]);
	assert.match(table.stdout, /^SOURCE +CHANNEL +VALUE +UNIT\nhwmon +lm75\/temp1 +20\.125 +Cel\n/);
	const none = await keyward(['device', 'sources', '--sysfs', '/nowhere', '--json']);
	assert.equal(none.status, 0);
});
