import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Problem } from '@keyward/core';
import { isUnit } from '@keyward/core/policy';
import { makeSysfs } from '@keyward/testing/agent/sysfs-folder';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { type Channel, channelName, findChannel } from './channel.ts';
import { channels, type ChannelStream } from './channels.ts';
import { hwmonChannels } from './hwmon.ts';
import { iioChannels } from './iio.ts';
import { thermalChannels } from './thermal.ts';

/** Names, values and units of all channels. */
const show = async (all: readonly Channel[]): Promise<string[]> =>
	Promise.all(
		all.map(async (channel) => {
			const value = await channel
				.read()
				.catch((error: unknown) => (error instanceof Problem ? error.code : assert.fail()));
			return [channelName(channel, all), value, channel.unit].filter((part) => part !== null).join(' ');
		}),
	);

test("hwmon: the kernel's units become SenML's; faults, averages and chips of one kind are told apart", async () => {
	const sysfs = makeSysfs();
	sysfs.write({
		'hwmon0/name': 'coretemp',
		'hwmon0/temp1_input': '41000',
		'hwmon0/temp1_label': 'Package id 0',
		'hwmon0/temp1_max': '100000',
		'hwmon0/temp2_input': '-1500',
		'hwmon1/name': 'board',
		'hwmon1/in0_input': '3312',
		'hwmon1/fan1_input': '1180',
		'hwmon1/curr1_input': '1250',
		'hwmon1/power1_average': '12500000',
		'hwmon1/power2_average': '1',
		'hwmon1/power2_input': '7000000',
		'hwmon1/energy1_input': '2500000',
		'hwmon1/humidity1_input': '45250',
		'hwmon1/temp1_input': '127000',
		'hwmon1/temp1_fault': '1',
		'hwmon1/pwm1': '128',
		'hwmon1/temp2_input': '127000',
		'hwmon1/temp2_fault': 'gone',
		'hwmon3/name': 'w1_slave_temp',
		'hwmon3/temp1_input': '85000',
		'hwmon4/name': 'attic',
		'hwmon4/temp1_input': '85000',
		'hwmon2/name': 'lm75',
		'hwmon2/temp1_input': '20125',
		'hwmon10/name': 'lm75',
		'hwmon10/label': 'Outer Wall',
		'hwmon10/temp1_input': '5000',
	});
	sysfs.link('hwmon2/device', 'devices/i2c-0/0-0048');
	const all = await hwmonChannels(sysfs.root);
	assert.deepEqual(await show(all), [
		'coretemp/package-id-0 41 Cel',
		'coretemp/temp2 -1.5 Cel',
		'board/curr1 1.25 A',
		'board/energy1 2.5 J',
		'board/fan1 1180 1/min',
		'board/humidity1 45.25 %RH',
		'board/in0 3.312 V',
		'board/power1 12.5 W',
		'board/power2 7 W',
		'board/temp1 source-unavailable Cel',
		'board/temp2 source-malformed Cel',
		'lm75@0-0048/temp1 20.125 Cel',
		'w1_slave_temp/temp1 source-no-value Cel',
		'attic/temp1 85 Cel',
		'lm75@outer-wall/temp1 5 Cel',
	]);
	assert(all.every(({ unit }) => isUnit(unit ?? '')));
	assert.deepEqual(await hwmonChannels('/nowhere'), []);

	// Every name that is shown finds its own channel; labels, attributes and a chip's only channel do as well.
	for (const channel of all) assert.equal(findChannel(channelName(channel, all), all), channel);
	assert.equal(findChannel('coretemp/Package id 0', all), all[0]);
	assert.equal(findChannel('coretemp/temp1', all), all[0]);
	assert.equal(findChannel('LM75@Outer Wall', all), all.at(-1));
	const refused: [string, RegExp][] = [
		['coretemp/temp3', /no channel "coretemp\/temp3"; did you mean "coretemp\/temp2"\? \(there are coretemp\/pack/],
		['lm75/temp1', /more than one channel is called "lm75\/temp1": lm75@0-0048\/temp1, lm75@outer-wall\/temp1/],
		['coretemp', /more than one channel/],
		['hwmon0/temp1', /no channel/],
		['', /no channel/],
	];
	for (const [name, detail] of refused)
		assert.throws(() => findChannel(name, all), { code: 'source-malformed', detail });
	assert.throws(() => findChannel('a', []), { detail: /no channel was found at all/ });
});

test('iio: computed values as they are, raw ones by the offset and scale that they share', async () => {
	const sysfs = makeSysfs();
	const files = (device: string, values: Readonly<Record<string, string>>): void => {
		sysfs.write(Object.fromEntries(Object.entries(values).map(([name, value]) => [`${device}/${name}`, value])));
	};
	sysfs.link('bus/iio:device0', 'devices/i2c-1/1-0076/iio:device0');
	sysfs.link('bus/iio:device1', 'devices/i2c-1/1-0048/iio:device1');
	files('bus/iio:device0', {
		name: 'bme280',
		in_temp_input: '21540',
		in_temp_raw: '9999',
		in_pressure_input: '101.325',
		in_humidityrelative_input: '45120',
		in_temp_oversampling_ratio: '2',
	});
	files('bus/iio:device2', {
		name: 'max31856',
		in_temp_raw: '1600',
		in_temp_scale: '7.8125',
		fault_oc: '0',
		fault_ovuv: '0',
	});
	files('bus/iio:device3', {
		name: 'max31855',
		in_temp_raw: '1600',
		in_temp_scale: '7.8125',
		fault_oc: '1',
		fault_ovuv: '0',
	});
	files('bus/iio:device1', {
		name: 'ads1015',
		in_voltage0_raw: '1000',
		in_voltage0_scale: '2.000000',
		in_voltage0_label: 'Battery',
		in_voltage1_raw: '-200',
		in_voltage_scale: '3',
		'in_voltage0-voltage1_raw': '40',
		'in_voltage-voltage_scale': '0.5',
		in_voltage2_supply_raw: '7',
		in_temp_raw: '1000',
		in_temp_offset: '-500.5',
		in_temp_scale: '10',
		in_accel_x_raw: '512',
		in_accel_scale: '0.019153613',
		in_anglvel_z_raw: '2',
		in_illuminance_raw: '320',
	});
	const all = await iioChannels(`${sysfs.root}/bus`);
	assert.deepEqual(await show(all), [
		'bme280/humidityrelative 45.12 %RH',
		'bme280/pressure 101325 Pa',
		'bme280/temp 21.54 Cel',
		'ads1015/accel_x 9.806649856 m/s2',
		'ads1015/anglvel_z 2',
		'ads1015/illuminance 320 lx',
		'ads1015/temp 4.995 Cel',
		'ads1015/battery 2 V',
		'ads1015/voltage0-voltage1 0.02 V',
		'ads1015/voltage1 -0.6 V',
		'ads1015/voltage2_supply 0.021 V',
		'max31856/temp 12.5 Cel',
		'max31855/temp source-unavailable Cel',
	]);
	assert(all.every(({ unit }) => unit === null || isUnit(unit)));
	assert.deepEqual([...new Set(all.map(({ place }) => place))], ['1-0076', '1-0048', 'bus']);
});

test('thermal: zones by their type', async () => {
	const sysfs = makeSysfs();
	sysfs.write({
		'thermal_zone0/type': 'cpu-thermal',
		'thermal_zone0/temp': '48312',
		'thermal_zone1/type': 'acpitz',
		'thermal_zone1/temp': '30000',
		'thermal_zone2/type': 'acpitz',
		'thermal_zone2/temp': '-4000',
		'cooling_device0/type': 'Fan',
	});
	const all = await thermalChannels(sysfs.root);
	assert.deepEqual(await show(all), [
		'cpu-thermal/temp 48.312 Cel',
		'acpitz@thermal_zone1/temp 30 Cel',
		'acpitz@thermal_zone2/temp -4 Cel',
	]);
	assert.equal(findChannel('cpu-thermal', all), all[0]);
});

const start = (t: TestContext, root: string, streams: Readonly<Record<string, ChannelStream>>) => {
	const reading = take(
		channels({ find: () => hwmonChannels(root), streams, every: 20, clock: { now: () => Date.now() } }),
	);
	t.after(() => reading.stop().catch(() => {}));
	return reading;
};

test('a sensor that fails is a Problem in its place; the others go on, and it is found again under another number', async (t) => {
	const sysfs = makeSysfs();
	const chip = (folder: string, name: string, value: string): void =>
		sysfs.write({ [`${folder}/name`]: name, [`${folder}/temp1_input`]: value });
	chip('hwmon0', 'good', '20000');
	chip('hwmon1', 'bad', '30000');
	const reading = start(t, sysfs.root, {
		air: { channel: 'good' },
		'in-kelvin': { channel: 'bad/temp1', unit: 'K' },
	});
	const latest = (stream: string) => reading.samples().findLast((sample) => sample.stream === stream);
	await until('both', () => latest('in-kelvin') !== undefined);
	assert.deepEqual({ ...latest('in-kelvin'), time: 0 }, { stream: 'in-kelvin', time: 0, value: 30, unit: 'K' });

	for (const [spoil, code, detail] of [
		[() => sysfs.breakFile('hwmon1/temp1_input'), 'source-unavailable', /EIO: the sensor does not answer/],
		[() => sysfs.write({ 'hwmon1/temp1_input': 'nan' }), 'source-malformed', /"nan" is not a number/],
		[() => sysfs.remove('hwmon1'), 'source-malformed', /no channel "bad\/temp1"/],
	] as const) {
		sysfs.remove('hwmon1/temp1_input');
		const before = reading.items.length;
		spoil();
		await until('a complaint', () =>
			reading.items
				.slice(before)
				.some((item) => item instanceof Problem && item.code === code && detail.test(item.detail)),
		);
		const good = reading.samples().filter(({ stream }) => stream === 'air').length;
		await until(
			'the other goes on',
			() => reading.samples().filter(({ stream }) => stream === 'air').length > good + 1,
		);
	}
	chip('hwmon7', 'bad', '31000');
	await until('found again', () => latest('in-kelvin')?.value === 31);
	// Another chip takes the number: it is not read in the first one's name.
	const missed = async (): Promise<void> => {
		const before = reading.problems().length;
		await until('missed', () => reading.problems().length > before + 1);
	};
	chip('hwmon7', 'other', '31000');
	await missed();
	chip('hwmon7', 'other', '99000');
	await missed();
	chip('hwmon1', 'bad', '32000');
	await until('found once more', () => latest('in-kelvin')?.value === 32);
	assert.deepEqual(
		[...new Set(reading.samples().flatMap(({ stream, value }) => (stream === 'in-kelvin' ? [value] : [])))],
		[30, 31, 32],
	);
	await reading.stop();
	for (const name of ['air', 'in-kelvin']) {
		const times = reading.samples().flatMap(({ stream, time }) => (stream === name ? [time] : []));
		assert.equal(new Set(times).size, times.length);
	}
});

test('a channel that is not there to begin with, and options that mean nothing, are refused', async (t) => {
	const sysfs = makeSysfs();
	sysfs.write({ 'hwmon0/name': 'lm75', 'hwmon0/temp1_input': '20000' });
	const reading = start(t, sysfs.root, { air: { channel: 'lm57/temp1' } });
	await assert.rejects(reading.reach(1), { code: 'source-malformed', detail: /did you mean "lm75\/temp1"\?/ });
	const find = () => hwmonChannels(sysfs.root);
	const clock = { now: () => 0 };
	assert.throws(() => channels({ find, streams: { Air: { channel: 'lm75' } }, every: 10, clock }), {
		detail: /not a stream name/,
	});
	for (const every of [0, Number.NaN, 2 ** 31]) {
		assert.throws(() => channels({ find, streams: {}, every, clock }), { code: 'source-malformed' });
	}
});
