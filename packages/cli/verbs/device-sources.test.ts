import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { startInstrument } from '@keyward/testing/agent/instrument';
import { makeSysfs } from '@keyward/testing/agent/sysfs-folder';
import { keyward } from '../keyward.fixture.ts';

test('what is shown is what device run can be given, and a sensor that gives nothing is shown with the reason', async () => {
	const sysfs = makeSysfs();
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

test('a trial shows what would be sent, by which rule, and what is passed over and why; it sends nothing', async (t) => {
	const folder = temporaryFolder('kw-');
	const file = join(folder, 'list.csv');
	const rows = ['10:00:00Z,212', '10:00:10Z,x', '10:00:20Z,68', '10:00:20Z,69', '10:00:20Z,68', '10:00:40Z,-999'];
	await writeFile(file, `time,T\n${rows.map((row) => `2026-11-22T${row}\n`).join('')}`);
	const words = ['device', 'sources', '--try', '--source', 'csv', '--file', file, '--map', 'air=T', '--speed', 'max'];
	const rule = ['--convert', 'air=degF', '--no-value', 'air=-999'];
	const { status, stdout, stderr } = await keyward([...words, ...rule]);
	assert.equal(stderr, '');
	assert.deepEqual(
		[status, stdout.replaceAll(/ +/g, ' ').split('\n')],
		[
			1,
			[
				'air is calibrated: degF to Cel',
				'STREAM TIME VALUE UNIT',
				'air 2026-11-22T10:00:00.000Z 100 Cel',
				'passed over: row at line 3, column T: "x" is not a number [source-malformed]',
				'air 2026-11-22T10:00:20.000Z 20 Cel',
				'passed over: air has two values at 2026-11-22T10:00:20.000Z: 20 and 20.5555555555556 [reading-conflict]',
				'passed over: air: -999 stands for no value [source-no-value]',
				'',
				'Nothing was sent. Would be sent: air 2, one every 20.0 s. Passed over: 1 source-malformed, 1 reading-conflict, 1 source-no-value.',
				'',
			],
		],
	);
	const one = await keyward([...words, ...rule, '--count', '1', '--json']);
	assert.equal(one.status, 0, one.stderr);
	assert.deepEqual(JSON.parse(one.stdout), {
		sent: false,
		calibration: { air: 'degF to Cel' },
		items: [{ stream: 'air', time: '2026-11-22T10:00:00.000Z', value: 100, unit: 'Cel' }],
		passedOver: {},
	});

	const instrument = await startInstrument(t, () => ({ registers: Uint8Array.of(0, 214) }));
	const modbus = ['--source', 'modbus-tcp', '--host', '127.0.0.1', '--port', String(instrument.port)];
	const level = ['--map', 'level=holding:0:int16', '--scale', 'level=0.1', '--unit', 'level=m', '--every', '10ms'];
	const began = Date.now();
	const live = await keyward(['device', 'sources', '--try', ...modbus, ...level, '--count', '3']);
	assert.equal(live.status, 0, live.stderr);
	assert.equal(live.stdout.match(/^level +\S+Z +21\.4 {2}m$/gm)?.length, 3, live.stdout);
	const [shown = ''] = live.stdout.match(/\S+Z/) ?? [];
	assert(Date.parse(shown) >= began - 1000 && Date.parse(shown) <= Date.now() + 1000, shown);

	for (const [bad, said] of [
		[['--try'], /--try needs --source/],
		[['--source', 'csv'], /--source is for a trial: give --try as well/],
		[['--map', 'a=b'], /--map is for a trial/],
		[['--try', '--source', 'csv', '--count', '0'], /--count is a whole number from 1/],
	] as const) {
		const refused = await keyward(['device', 'sources', ...bad]);
		assert.equal(refused.status, 2, refused.stdout);
		assert.match(refused.stderr, said);
	}
});
