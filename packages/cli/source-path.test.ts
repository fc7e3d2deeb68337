import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@keyward/testing/folder';
import { startInstrument } from '@keyward/testing/agent/instrument';
import { startLocalBroker } from '@keyward/testing/agent/local-broker';
import { dataValue, float, startOpcUaServer } from '@keyward/testing/agent/opc-ua-server';
import { makePseudoTerminal } from '@keyward/testing/agent/pseudo-terminal';
import { makeSysfs } from '@keyward/testing/agent/sysfs-folder';
import { until } from '@keyward/testing/agent/until';
import { needs } from '@keyward/testing/debian';
import { startSite } from '@keyward/testing/service/site';
import { keyward, start } from './keyward.fixture.ts';

// Every kind of instrument, with its faults, from its wire to what a reader of the site is given.

const heard = [
	'frame',
	'nmea',
	'tcp',
	'rtu',
	'sdi',
	'meter',
	'node',
	'page',
	'topic',
	'list',
	'chip',
	'wire',
	'couple',
];
/** And that of an instrument that has nothing but a fault. */
const streams = [...heard, 'open'];

const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
${streams.map((stream) => `  ${stream}: { unit: Cel, every: 1s, readers: [desk], range: [-100, 1000] }`).join('\n')}
devices:
  probe: { custody: [software], streams: [${streams.join(', ')}] }
`;

/** A site, a device of it, and what a reader is given in the end. */
const openSite = async (t: TestContext) => {
	const folder = temporaryFolder('kw-');
	const site = await startSite(t, { policies: [policy], operatorSocket: true });
	const data = site.folder;
	const home = dirname((await site.commissionDevice('hall', 'p-1')).certificateFile);
	const desk = dirname((await site.commissionReader('hall', 'desk')).certificateFile);
	for (const stream of streams) await site.grant('hall', 'desk', 'p-1', stream);
	const ask = async (words: readonly string[]): Promise<string> => {
		const { status, stdout, stderr } = await keyward(words, data);
		assert.equal(status, 0, stderr);
		return stdout;
	};

	/** Runs the device until it has complained with each of the codes, and the instrument was at work so often since; it may say nothing else. */
	const run = async (
		words: readonly string[],
		codes: readonly string[],
		work: () => number,
		often = 12,
	): Promise<void> => {
		const child = start(['device', 'run', '--folder', home, '--json', ...words], data);
		let told = '';
		child.stdout?.setEncoding('utf8').on('data', (text: string) => (told += text));
		child.stderr?.pipe(process.stderr);
		t.after(() => child.kill('SIGKILL'));
		const ended = once(child, 'close');
		const complained = (): string[] =>
			told
				.split('\n')
				.slice(0, -1)
				.map((line) => JSON.parse(line) as { event: string; code: string })
				.flatMap(({ event, code }) => (event === 'complaint' ? [code] : []));
		const over = (): boolean => child.exitCode !== null || child.signalCode !== null;
		await until(
			`${words.join(' ')}: ${codes.join()}`,
			() => over() || codes.every((code) => complained().includes(code)),
		);
		const since = work();
		await until(`${words.join(' ')}: at work`, () => over() || work() >= since + often);
		child.kill('SIGTERM');
		const [status] = (await ended) as [number | null];
		assert.equal(status, 0, told);
		assert.deepEqual(new Set(complained()), new Set(codes), told);
	};
	const drain = (): Promise<string> =>
		ask(['device', 'run', '--folder', home, '--source', 'stdin', '--stream', 'list', '--until-drained']);
	const stored = async (): Promise<readonly { readonly stream: string; readonly value: unknown }[]> =>
		(await ask(['read', 'hall/p-1/+', '--as', desk, '--after', '0', '--json']))
			.split('\n')
			.filter((line) => line !== '')
			.map((line) => JSON.parse(line) as { stream: string; value: unknown });
	return { folder, run, drain, stored };
};

/** An instrument on a serial port that answers with what this gives for each of its questions, which end as they do. */
const ask = async (
	t: TestContext,
	size: (came: Buffer) => number,
	answer: (question: Buffer, count: number) => Buffer,
) => {
	const port = makePseudoTerminal(t);
	let [came, count] = [Buffer.alloc(0), 0];
	port.onAsked((bytes) => {
		came = Buffer.concat([came, bytes]);
		for (let end = size(came); end > 0 && came.length >= end; end = size(came)) {
			const question = came.subarray(0, end);
			came = came.subarray(end);
			count += 1;
			void port.send(answer(question, count)).catch(() => {});
		}
	});
	await port.plug();
	return { path: port.path, count: () => count };
};

/** An instrument that sends by itself, again and again. */
const send = async (t: TestContext, bytes: string | Buffer) => {
	const port = makePseudoTerminal(t);
	await port.plug();
	let [count, stopped] = [0, false];
	const sending = (async (): Promise<void> => {
		for (; !stopped; await sleep(50)) {
			await port.send(bytes).catch(() => {});
			count += 1;
		}
	})();
	t.after(async () => {
		stopped = true;
		// What waits to be written ends with the port.
		await port.unplug();
		await sending;
	});
	return { path: port.path, count: () => count };
};

const crc = (...bytes: number[]): Buffer => {
	let sum = 0xff_ff;
	for (const byte of bytes) {
		sum ^= byte;
		for (let bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ ((sum & 1) * 0xa0_01);
	}
	return Buffer.from([...bytes, sum & 0xff, sum >> 8]);
};

test('what a reader is given is what the instruments measured, and nothing that their faults made', async (t) => {
	for (const command of ['socat', 'mosquitto', 'mosquitto_pub']) if (!needs(t, command)) return;
	const { folder, run, drain, stored } = await openSite(t);
	const port = (path: string): string[] => ['--device', path, '--baud', '9600', '--framing', '8N1'];
	const unit = (stream: string): string[] => ['--unit', `${stream}=Cel`];

	// 70 °F, checked by exclusive or; then a garbled and a cut frame.
	const frame = Buffer.from('\x02T 70.0 F\x03\x64', 'latin1');
	frame[frame.length - 1] = frame.subarray(1, -1).reduce((sum, byte) => sum ^ byte, 0);
	const garbled = Buffer.from(frame);
	garbled[3] = 0x39;
	const framed = await send(t, Buffer.concat([frame, Buffer.from('\r\n'), garbled, frame.subarray(0, 5)]));
	await run(
		[
			...['--source', 'serial', ...port(framed.path), '--lines', 'fields', '--line-ending', 'stx-etx,bcc'],
			...['--map', 'frame=/T ([0-9.]+) F/', '--convert', 'frame=degF', ...unit('frame')],
		],
		['sentence-checksum', 'source-malformed'],
		framed.count,
	);

	const wind = await send(t, '$YXMTW,0.1,C*23\r$YXMTW,9.1,C*23\r$GPGGA,123519\r');
	await run(
		[
			'--source',
			'serial',
			...port(wind.path),
			'--lines',
			'nmea',
			'--line-ending',
			'any',
			'--map',
			'nmea=MTW:1',
			...unit('nmea'),
		],
		['sentence-checksum', 'sentence-malformed'],
		wind.count,
	);

	let asked = 0;
	const tcp = await startInstrument(t, () => {
		asked += 1;
		if (asked % 4 === 1) return { exception: 2 };
		return { registers: asked % 4 === 2 ? Uint8Array.of(0, 99, 0, 99) : Uint8Array.of(0, 21) };
	});
	await run(
		[
			'--source',
			'modbus-tcp',
			'--host',
			'127.0.0.1',
			'--port',
			String(tcp.port),
			'--map',
			'tcp=holding:0:int16',
			...unit('tcp'),
			'--every',
			'50ms',
		],
		['source-unavailable', 'source-malformed'],
		() => asked,
	);

	const rtu = await ask(
		t,
		() => 8,
		(_, count) =>
			[crc(1, 3, 2, 0, 21), crc(2, 3, 2, 0, 99), crc(1, 0x83, 6), Buffer.from([1, 3, 2, 0, 99, 0, 0])][count % 4] ??
			Buffer.alloc(0),
	);
	await run(
		[
			'--source',
			'modbus-rtu',
			...port(rtu.path),
			'--map',
			'rtu=holding:0:int16',
			...unit('rtu'),
			'--every',
			'50ms',
			'--timeout',
			'300ms',
		],
		['source-malformed', 'source-unavailable'],
		rtu.count,
	);

	const sdi = await ask(
		t,
		(came) => came.indexOf('!') + 1,
		(question, count) =>
			Buffer.from(
				question.toString() === '0M!'
					? '00001\r\n'
					: (['0+21\r\n', '1+99\r\n', '0+21\r\n', '0\r\n'][(count >> 1) % 4] ?? ''),
			),
	);
	await run(
		[
			'--source',
			'sdi-12',
			...port(sdi.path),
			'--map',
			'sdi=0:M:1',
			...unit('sdi'),
			'--every',
			'50ms',
			'--timeout',
			'300ms',
		],
		['source-malformed', 'source-unavailable'],
		sdi.count,
	);

	const telegram = (value: number): Buffer => {
		const body = Buffer.from([
			8,
			5,
			0x72,
			1,
			0,
			0,
			0,
			0,
			0,
			0,
			7,
			0,
			0,
			0,
			0,
			0x02,
			0x5b,
			value,
			value === 0 ? 0x80 : 0,
		]);
		return Buffer.from([
			0x68,
			body.length,
			body.length,
			0x68,
			...body,
			body.reduce((sum, byte) => (sum + byte) % 256, 0),
			0x16,
		]);
	};
	const bad = telegram(99);
	bad[bad.length - 2] = 0;
	const meter = await ask(
		t,
		() => 5,
		(question, count) =>
			question[1] === 0x40 ? Buffer.of(0xe5) : ([telegram(21), bad, telegram(0)][(count >> 1) % 3] ?? bad),
	);
	await run(
		[
			'--source',
			'm-bus',
			...port(meter.path),
			'--map',
			'meter=5:flow-temperature',
			...unit('meter'),
			'--every',
			'50ms',
			'--timeout',
			'300ms',
		],
		['source-malformed', 'source-no-value'],
		meter.count,
	);

	let read = 0;
	const plant = await startOpcUaServer(t, () => {
		read += 1;
		if (read % 4 === 1) return { value: dataValue(10, float(99), 0x40_90_00_00) };
		if (read % 4 === 2) return { value: dataValue(10, float(99)), ahead: -1 };
		return read % 4 === 3 ? 'drop' : { value: dataValue(10, float(21)) };
	});
	await run(
		[
			...['--source', 'opc-ua', '--url', plant.url.href, '--map', 'node=ns=2;s=Tank', ...unit('node')],
			...['--every', '50ms'],
		],
		['source-no-value', 'source-malformed', 'source-unavailable'],
		() => read,
	);

	let fetched = 0;
	const server = createServer((_, response) => {
		fetched += 1;
		if (fetched % 4 === 1) response.end('{"t":"21"}');
		else if (fetched % 4 === 2) response.end('{"t":null}');
		else if (fetched % 4 === 3) response.end('{"t":21,"t":99}');
		else response.writeHead(500).end('{"t":99}');
	}).listen(0, '127.0.0.1');
	t.after(() => server.close());
	await once(server, 'listening');
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/t.json`;
	await run(
		['--source', 'http', '--url', url, '--map', 'page=$.t', ...unit('page'), '--every', '50ms'],
		['source-no-value', 'source-unavailable', 'source-malformed'],
		() => fetched,
	);

	const broker = await startLocalBroker(t);
	await broker.publish('attic', '{"t":99}', true);
	let published = 0;
	let publishing = true;
	const publisher = (async (): Promise<void> => {
		// Each is a process.
		for (; publishing; published++, await sleep(50))
			await broker.publish('attic', published % 2 === 0 ? '{"t":21}' : '{"t":21,');
	})();
	try {
		await run(
			['--source', 'mqtt', '--url', broker.url.href, '--map', 'topic=attic:$.t', ...unit('topic')],
			['source-unavailable', 'source-malformed'],
			() => published,
		);
	} finally {
		publishing = false;
		await publisher;
	}

	const sysfs = makeSysfs();
	sysfs.write({
		'class/hwmon/hwmon0/name': 'lm75',
		'class/hwmon/hwmon0/good': '21000',
		'class/hwmon/hwmon1/name': 'w1_slave_temp',
		'class/hwmon/hwmon1/good': '21000',
		'class/hwmon/hwmon1/bad': '85000',
		'bus/iio/devices/iio:device0/name': 'max31856',
		'bus/iio/devices/iio:device0/in_temp_input': '21000',
		'bus/iio/devices/iio:device1/name': 'open-couple',
		'bus/iio/devices/iio:device1/in_temp_input': '99000',
		'bus/iio/devices/iio:device1/fault_oc': '1',
	});
	sysfs.breakFile('class/hwmon/hwmon0/bad');
	let turns = 0;
	const turn = (): void => {
		turns += 1;
		for (const chip of ['hwmon0', 'hwmon1']) {
			const at = join(sysfs.root, 'class/hwmon', chip);
			symlinkSync(join(at, turns % 2 === 0 ? 'bad' : 'good'), join(at, 'next'));
			renameSync(join(at, 'next'), join(at, 'temp1_input'));
		}
	};
	turn();
	const turning = setInterval(turn, 70);
	t.after(() => clearInterval(turning));
	const shown = ['--sysfs', sysfs.root, '--every', '50ms'];
	await run(
		['--source', 'hwmon', ...shown, '--map', 'chip=lm75/temp1', '--map', 'wire=w1_slave_temp/temp1'],
		['source-unavailable', 'source-no-value'],
		() => turns,
	);
	await run(
		['--source', 'iio', ...shown, '--map', 'couple=max31856/temp', '--map', 'open=open-couple/temp'],
		['source-unavailable'],
		() => turns,
	);

	const moment = (later: number): string => new Date(Date.now() + later).toISOString();
	await writeFile(
		join(folder, 'list.csv'),
		[
			...['a title', '', 'time;t', `${moment(0)};21,0`, `${moment(1)};1.021,0`],
			...['2000-01-01T00:00:00Z;99,0', `${moment(2)};21,0`, `${moment(3).slice(0, -1)};99,0`, `${moment(4)};21,0\n`],
		].join('\n'),
	);
	await run(
		[
			'--source',
			'csv',
			'--file',
			join(folder, 'list.csv'),
			'--map',
			'list=t',
			'--decimal',
			'comma',
			...unit('list'),
			'--speed',
			'max',
		],
		['source-malformed', 'sentence-void'],
		() => 0,
		0,
	);

	await drain();
	const good: Readonly<Record<string, number>> = { frame: 21.1111111111111, nmea: 0.1 };
	const readings = await stored();
	assert.deepEqual(
		readings.filter(({ stream }) => stream === 'open'),
		[],
	);
	for (const stream of heard) {
		const values = readings.filter((one) => one.stream === stream).map(({ value }) => value);
		assert(values.length >= 2, `${stream}: ${values.length} readings`);
		assert.deepEqual(new Set(values), new Set([good[stream] ?? 21]), stream);
	}
});
