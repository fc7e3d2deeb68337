import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from '@keyward/testing/debian';
import { startInstrument } from '@keyward/testing/agent/instrument';
import { makePseudoTerminal } from '@keyward/testing/agent/pseudo-terminal';
import { makeSysfs } from '@keyward/testing/agent/sysfs-folder';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { keyward, keywardAlone, start } from '../keyward.fixture.ts';
import { makeSource } from './device-source.ts';
import type { SourceOptions } from './source/options.ts';

test('options that say nothing to the source, or contradict each other, are refused', async () => {
	const csv = { source: 'csv', file: 'x.csv', map: ['a=b'] };
	const serial = { source: 'serial', device: '/dev/null', baud: '9600' };
	const modbus = { source: 'modbus-tcp', host: 'localhost', map: ['a=holding:0:int16'] };
	const cases: [SourceOptions, RegExp][] = [
		[{ source: 'cvs' }, /no source "cvs"; did you mean "csv"\? \(it is stdin, csv, safecast, serial, hwmon/],
		[{ source: 'csv', map: ['a=b'] }, /needs --file/],
		[{ source: 'csv', file: 'x.csv' }, /needs --map/],
		[{ source: 'stdin', file: 'x.csv' }, /--file says nothing to --source stdin/],
		[{ source: 'stdin', repeat: true }, /--repeat says nothing/],
		[{ source: 'stdin', stream: 'Air' }, /no stream name/],
		[{ source: 'stdin', unit: ['air=furlong'] }, /no SenML unit/],
		[{ source: 'safecast', every: '5s' }, /--every says nothing to --source safecast without --file/],
		[{ source: 'safecast', map: ['a=b'] }, /a sentence has count-rate and dose-rate/],
		[{ source: 'safecast', sensitivity: '-1' }, /above zero/],
		[{ ...csv, map: ['a'] }, /takes NAME=VALUE/],
		[{ ...csv, map: ['a=b', 'a=c'] }, /names a twice/],
		[{ ...csv, unit: ['c=Cel'] }, /no --map names the stream c/],
		[{ ...csv, scale: ['a=1/0'] }, /a number or a quotient/],
		[{ ...csv, times: 'then' }, /keep or now/],
		[{ ...csv, speed: '2', every: '5s' }, /not both/],
		[{ ...csv, every: '5 apples' }, /no span/],
		[{ ...csv, repeat: true }, /repeating needs times that are now/],
		[{ ...csv, times: 'now', speed: 'max' }, /need a pace/],
		[{ ...csv, follow: true, speed: 'max' }, /--speed says nothing to --source csv with --follow/],
		[{ ...csv, zone: 'CST' }, /"CST" is no zone/],
		[{ ...csv, timeFormat: 'DD.MM' }, /there is no year/],
		[{ ...csv, decimal: ',' }, /--decimal is dot or comma/],
		[{ source: 'http', url: 'http://c/', map: ['a=$.a'], zone: 'UTC' }, /--zone is that of --time-from/],
		[{ ...csv, baud: '9600' }, /--baud says nothing to --source csv/],
		[{ source: 'serial', baud: '9600' }, /needs --device/],
		[{ source: 'serial', device: '/dev/null' }, /needs --baud/],
		[{ ...serial, baud: '9601' }, /9601 is no baud rate/],
		[{ ...serial, framing: '8Q1' }, /is no framing/],
		[{ ...serial, lines: 'words' }, /--lines is values, fields, nmea, safecast/],
		[{ ...serial, lines: 'nmea' }, /needs --map STREAM=SENTENCE:FIELD/],
		[{ ...serial, lines: 'nmea', map: ['a=wind'] }, /is no field of a sentence/],
		[{ ...serial, lines: 'fields', map: ['a=temp'] }, /finds no figure/],
		[{ ...serial, lineEnding: 'lfcr' }, /"lfcr" ends no line: --line-ending is lf, cr, crlf, any/],
		[{ ...serial, lineEnding: '1ms' }, /a silence ends a line after 20ms to 10s/],
		[{ ...serial, lineEnding: 'stx-etx,bbc' }, /no check "bbc"; did you mean "bcc"\?/],
		[{ ...csv, decimal: ',' }, /--decimal is dot or comma/],
		[{ ...csv, scale: ['a=0'] }, /that is not 0/],
		[{ ...csv, offset: ['b=1'] }, /no --map names the stream b/],
		[{ ...csv, offset: ['a=x'] }, /"x" is not a number/],
		[{ ...csv, convert: ['a=degf'] }, /no rule for "degf"; did you mean "degF"\?/],
		[{ ...csv, convert: ['a=degF'], unit: ['a=m'] }, /degF is no other unit of what m measures/],
		[{ ...serial, map: ['a=count-rate'] }, /--map says nothing to --source serial with --lines values/],
		[{ ...serial, lines: 'safecast', unit: ['a=Cel'] }, /--unit says nothing to --source serial with --lines safecast/],
		[{ ...serial, repeat: true }, /--repeat says nothing/],
		[{ source: 'hwmon' }, /--source hwmon needs --map STREAM=CHANNEL/],
		[{ source: 'iio', map: ['a=b'], every: '0s' }, /no span/],
		[{ source: 'thermal', map: ['a=b'], unit: ['c=Cel'] }, /no --map names the stream c/],
		[{ source: 'thermal', map: ['a=b'], host: 'localhost' }, /--host says nothing to --source thermal/],
		[{ source: 'modbus-tcp', map: ['a=holding:0:int16'] }, /needs --host/],
		[{ ...modbus, map: [] }, /needs --map STREAM=TABLE:ADDRESS:TYPE/],
		[{ ...modbus, map: ['a=holding:0:int15'] }, /did you mean "int16"\?/],
		[{ ...modbus, port: '70000' }, /70000 is no port/],
		[{ ...modbus, unitId: 'x' }, /"x" is not a number/],
		[{ ...modbus, sysfs: '/sys' }, /--sysfs says nothing to --source modbus-tcp/],
		[{ source: 'modbus-rtu', device: '/dev/null', map: ['a=holding:0:int16'] }, /needs --baud/],
		[{ source: 'modbus-rtu', device: '/dev/null', baud: '9600' }, /needs --map STREAM=TABLE:ADDRESS:TYPE/],
		[{ source: 'modbus-rtu', device: '/dev/null', baud: '9600', unitId: '248', map: ['a=input:0:int16'] }, /1 to 247/],
		[{ source: 'sdi-12', device: '/dev/null', map: ['a=0:M:1'] }, /needs --baud/],
		[{ source: 'sdi-12', device: '/dev/null', baud: '9600', map: ['a=0:M'] }, /ADDRESS:COMMAND:NUMBER/],
		[{ source: 'm-bus', map: ['a=5:energy'] }, /needs --device/],
		[{ source: 'm-bus', device: '/dev/null', map: ['a=5:heat'] }, /no quantity "heat"/],
		[{ source: 'm-bus', device: '/dev/null', map: ['a=5:energy'], unitId: '5' }, /--unit-id says nothing/],
		[{ source: 'http', map: ['a=$.a'] }, /needs --url, such as http/],
		[{ source: 'http', url: 'nowhere', map: ['a=$.a'] }, /is no address/],
		[{ source: 'http', url: 'http://a:b@c/', map: ['a=$.a'] }, /put it into --secret-file/],
		[{ source: 'http', url: 'ftp://c/', map: ['a=$.a'] }, /name an http or https address/],
		[{ source: 'http', url: 'http://c/', map: ['a=.a'] }, /finds no figure/],
		[{ source: 'http', url: 'http://c/', map: ['a=$.a'], secretFile: '/nowhere' }, /There is no \/nowhere/],
		[{ source: 'http', url: 'https://c/', map: ['a=$.a'], ca: '/nowhere' }, /\/nowhere cannot be read/],
		[{ source: 'mqtt', url: 'http://c/', map: ['a=b'] }, /name an mqtt or mqtts address/],
		[{ source: 'mqtt', url: 'mqtt://c', map: ['a=+/b'] }, /has a wildcard/],
		[{ source: 'mqtt', url: 'mqtt://c', map: ['a=b'], every: '1s' }, /--every says nothing to --source mqtt/],
		[{ source: 'opc-ua', map: ['a=i=1'] }, /needs --url, such as opc\.tcp/],
		[{ source: 'opc-ua', url: 'opc.tcp://c:4840', map: ['a=Tank'] }, /is no node: write ns=2/],
		[{ source: 'opc-ua', url: 'http://c/', map: ['a=i=1'] }, /such as opc\.tcp/],
		[{ source: 'module' }, /needs --module/],
		[{ source: 'module', module: '/nowhere.ts' }, /nowhere\.ts/],
		[{ source: 'module', module: 'x.ts', set: ['a=1', 'a=2'] }, /--set names a twice/],
	];
	for (const [options, detail] of cases) {
		await assert.rejects(makeSource(options), { code: 'request-malformed', detail }, JSON.stringify(options));
	}
	const live = async (options: SourceOptions): Promise<boolean> => (await makeSource(options)).live;
	assert.equal(
		await live({ ...csv, scale: ['a=1e-6/334'], unit: ['a=Sv/h'], times: 'now', every: '5s', repeat: true }),
		false,
	);
	assert.equal(await live({ source: 'safecast', file: 'x.log', speed: 'max' }), false);
	for (const lineEnding of ['cr', 'crlf', 'any', '200ms', 'stx-etx', 'stx-etx,lrc-hex'])
		assert.equal(await live({ ...serial, lineEnding, lines: 'fields', map: ['a=2'], convert: ['a=degF'] }), true);
	assert.equal(await live({ ...serial, framing: '7e1', stream: 'air', unit: ['air=Cel'] }), true);
	assert.equal(await live({ ...serial, lines: 'safecast', map: ['rate=count-rate'], sensitivity: '120' }), true);
	assert.equal(
		await live({ source: 'hwmon', map: ['a=lm75/temp1'], scale: ['a=2'], unit: ['a=K'], every: '5s' }),
		true,
	);
	assert.equal(await live({ ...modbus, port: '1502', unitId: '255', timeout: '500ms', every: '1s' }), true);
});

test('what the options say reaches the source', async (t) => {
	const instrument = await startInstrument(t, ({ unitId, functionCode, address, count }) => ({
		registers: Uint8Array.from([unitId, functionCode, address, count]),
	}));
	const modbus = take(
		await makeSource({
			source: 'modbus-tcp',
			host: '127.0.0.1',
			port: String(instrument.port),
			unitId: '7',
			map: ['a=input:0x20:uint32,swap-words'],
			scale: ['a=1/2'],
			unit: ['a=m'],
		}),
	);
	t.after(() => modbus.stop());
	await modbus.reach(1);
	const value = 0x20_02_07_04 / 2;
	assert.deepEqual({ ...modbus.samples()[0], time: 0 }, { stream: 'a', time: 0, value, unit: 'm' });

	if (!needs(t, 'socat')) return;
	const port = makePseudoTerminal(t);
	await port.plug();
	const serial = take(
		await makeSource({
			source: 'serial',
			device: port.path,
			baud: '19200',
			lines: 'safecast',
			map: ['dose=dose-rate'],
			sensitivity: '51',
		}),
	);
	t.after(() => serial.stop());
	const sentence = '$BMRDD,007,2012-06-08T06:41:00Z,51,7,202,A,0117.8067,N,10351.2284,E,110.0,A,1.7,1*63';
	for (; serial.samples().length === 0; await sleep(20)) await port.send(`${sentence}\n`);
	assert.deepEqual(serial.samples()[0], {
		stream: 'dose',
		time: Date.UTC(2012, 5, 8, 6, 41),
		value: 1e-6,
		unit: 'Sv/h',
	});
});

const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  air: { unit: Cel, every: 1s, readers: [desk], range: [-60, 60] }
devices:
  probe: { custody: [software], streams: [air] }
`;

const firstJson = async (child: ChildProcess): Promise<void> => {
	let text = '';
	for await (const part of child.stdout?.setEncoding('utf8') ?? []) {
		text += part;
		if (text.endsWith('}\n')) return;
	}
};

test('a device runs against a site: what is good arrives, what is not is named, and it stops when asked', async (t) => {
	const folder = await mkdtemp(join(tmpdir(), 'kw-'));
	const data = join(folder, 'site');
	const site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	t.after(async () => {
		site.kill('SIGKILL');
		await rm(folder, { recursive: true, force: true });
	});
	await firstJson(site);
	await writeFile(join(folder, 'policy.yaml'), policy);
	const applied = await keyward(['policy', 'apply', join(folder, 'policy.yaml')], data);
	assert.equal(applied.status, 0, applied.stderr);
	const expected = await keyward(['device', 'expect', 'p-1', '--application', 'hall', '--json'], data);
	const { commissioning } = JSON.parse(expected.stdout) as { commissioning: string };
	const home = join(folder, 'p-1');
	// Through a real pipe.
	assert.equal((await keywardAlone(['device', 'commission', '--folder', home], data, commissioning)).status, 0);

	const words = ['device', 'run', '--folder', home, '--source', 'stdin', '--stream', 'air', '--unit', 'air=Cel'];
	const good = await keyward([...words, '--until-drained', '--json'], data, '21\noops\n{"v":22.5}\n');
	assert.equal(good.status, 0, good.stderr);
	const events = good.stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as Record<string, unknown>);
	const { accepted, waiting, complaints } = events.at(-1) ?? {};
	assert.deepEqual(
		{ accepted, waiting, complaints },
		{ accepted: 2, waiting: 0, complaints: { 'source-malformed': 1 } },
	);

	const [fine, hot] = [0, 1].map((later) => new Date(Date.now() + later).toISOString());
	const bad = await keyward([...words, '--until-drained'], data, `${fine},20\n${hot},99\n`);
	assert.equal(bad.status, 1, bad.stderr);
	assert.ok(bad.stdout.includes(`refused: air at ${hot}: `));
	assert.match(bad.stdout, /refused: air at .*-60 to 60.* \[reading-value\]/);
	assert.match(bad.stdout, /1 accepted, 0 waiting, refused 1 reading-value/);

	// RFC 8428 §4.1: the base is part of each value, so 60.7 meets the site's range and 59.3 is stored.
	const based = await keyward([...words, '--until-drained'], data, '{"bv":60}\n{"v":0.7}\n{"v":-0.7}\n');
	assert.equal(based.status, 1, based.stderr);
	assert.match(based.stdout, /refused: air at .*-60 to 60.* \[reading-value\]/);
	assert.match(based.stdout, /1 accepted, 0 waiting, refused 1 reading-value/);

	// A list as people have it, in other units: what is sent is told, kept, and stored by its rule.
	await writeFile(
		join(folder, 'list.csv'),
		`Station 4;;\ntime;T\n${fine};212,5\n${new Date(Date.now() + 2).toISOString()};68\n`,
	);
	const list = ['--source', 'csv', '--file', join(folder, 'list.csv'), '--map', 'air=T', '--decimal', 'comma'];
	const rule = ['--offset', 'air=-0.5', '--convert', 'air=degF', '--unit', 'air=Cel', '--speed', 'max'];
	for (const changed of [true, false]) {
		const played = await keyward(['device', 'run', '--folder', home, ...list, ...rule, '--until-drained'], data);
		assert.equal(
			played.stdout.includes('source: csv; air: minus 0.5, then degF to Cel; kept in'),
			changed,
			played.stdout,
		);
	}
	const history = (await readFile(join(home, 'source-history.jsonl'), 'utf8')).trim().split('\n');
	const [first, second, ...more] = history.map((line) => JSON.parse(line) as Record<string, unknown>);
	assert.deepEqual([first?.['source'], second?.['source'], more.length], ['stdin', 'csv', 0]);
	assert.deepEqual(second?.['calibration'], { air: 'minus 0.5, then degF to Cel' });
	assert.match(history[1] ?? '', /"convert":\["air=degF"\]/);

	const running = start([...words, '--json'], data);
	let said = '';
	running.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
	await until('connected', () => said.includes('"connected"'));
	running.kill('SIGTERM');
	const [code] = (await once(running, 'close')) as [number | null];
	assert.equal(code, 0);

	// A sensor of this machine: read until stopped, and refused by name when it is not there.
	const sysfs = makeSysfs();
	sysfs.write({ 'class/hwmon/hwmon0/name': 'lm75', 'class/hwmon/hwmon0/temp1_input': '20125' });
	const sensor = ['device', 'run', '--folder', home, '--source', 'hwmon', '--sysfs', sysfs.root, '--every', '100ms'];
	const sensing = start([...sensor, '--map', 'air=lm75/temp1', '--json'], data);
	let told = '';
	sensing.stdout?.setEncoding('utf8').on('data', (text: string) => (told += text));
	await until('connected', () => told.includes('"connected"'));
	await sleep(500);
	sensing.kill('SIGTERM');
	await once(sensing, 'close');
	const last = JSON.parse(told.trim().split('\n').at(-1) ?? '') as { accepted: number; refused: object };
	assert(last.accepted > 0, told);
	assert.deepEqual(last.refused, {});
	const mistyped = await keyward([...sensor, '--map', 'air=lm57/temp1'], data);
	assert.equal(mistyped.status, 2);
	assert.match(mistyped.stderr, /no channel "lm57\/temp1"; did you mean "lm75\/temp1"\?/);

	const nowhere = await keyward(
		['device', 'run', '--folder', join(folder, 'nobody'), '--source', 'stdin', '--json'],
		data,
	);
	assert.equal(nowhere.status, 2);
	assert.match(nowhere.stderr, /identity-file/);
});
