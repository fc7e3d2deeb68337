import { type Command, Option } from 'commander';
import type { OptionName } from './kind.ts';

/** An option that may be given again and again. */
const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** Every option of a source: how it is written, and what it says to which source. */
const options: Readonly<Record<OptionName, Option>> = {
	map: new Option(
		'--map <stream=what>',
		'what a stream is made of. csv: COLUMN; sentences: count-rate or dose-rate; hwmon, iio, thermal: CHANNEL as ' +
			'keyward device sources shows it; modbus: TABLE:ADDRESS:TYPE such as holding:100:float32,swap-words; lines of fields, http: ' +
			'a number, /EXPRESSION/ or $.PATH; mqtt: TOPIC:$.PATH; sdi-12: ADDRESS:COMMAND:NUMBER such as 0:MC:1; m-bus: ADDRESS:QUANTITY such as 5:energy; opc-ua: NODE such as ns=2;s=Tank.Level; nmea: SENTENCE:FIELD',
	).argParser(collect),
	scale: new Option('--scale <stream=factor>', "multiply a stream's figures, such as 0.1 or 1e-6/334").argParser(
		collect,
	),
	offset: new Option('--offset <stream=number>', 'then add this, such as -0.3').argParser(collect),
	convert: new Option(
		'--convert <stream=unit>',
		'then convert from the unit of the sensor, such as degF, to that of --unit',
	).argParser(collect),
	unit: new Option('--unit <stream=unit>', 'SenML unit of a stream, such as Cel').argParser(collect),
	every: new Option(
		'--every <span>',
		'sensors: interval between questions, such as 5s; recordings: interval between rows',
	),
	stream: new Option('--stream <stream>', 'stdin, serial: the stream of lines that name none'),
	file: new Option('--file <file>', 'csv, safecast: the recording (safecast: default is standard input)'),
	where: new Option('--where <column=text>', 'csv: take only rows that say so; others are counted as void').argParser(
		collect,
	),
	timeColumn: new Option(
		'--time-column <column>',
		'csv: the column of the time (default: time); again for a second, such as that of the hour',
	).argParser(collect),
	timeFormat: new Option(
		'--time-format <form>',
		'csv: how times are written, such as "DD.MM.YYYY HH:mm:ss" or "MM/DD/YYYY hh:mm AM" (default: RFC 3339, or seconds)',
	),
	zone: new Option(
		'--zone <zone>',
		'of times that do not say their offset from UTC: UTC, an offset such as +02:00, or a name such as Europe/Berlin',
	),
	decimal: new Option(
		'--decimal <dot|comma>',
		'csv, lines of fields, http, mqtt: the decimal sign (default: dot; a figure that may be two is refused until it is said)',
	),
	follow: new Option('--follow', 'csv: read rows as they are written, in the file that takes its place one day too'),
	times: new Option('--times <keep|now>', 'recordings: times as recorded, or from now on (default: keep)'),
	speed: new Option('--speed <factor>', 'recordings: so much faster than recorded, or max (default: 1)'),
	repeat: new Option('--repeat', 'recordings: begin again at the end; with --times now'),
	sensitivity: new Option('--sensitivity <count>', 'sentences: counts per minute at 1 µSv/h (default: 334, LND 7317)'),
	device: new Option(
		'--device <path>',
		'serial, modbus-rtu, sdi-12, m-bus: the port, best by its name in /dev/serial/by-id',
	),
	baud: new Option(
		'--baud <rate>',
		'of the port: the rate that the instrument sends at, such as 9600 (default: m-bus 2400)',
	),
	framing: new Option(
		'--framing <bits>',
		'of the port: data bits, parity N E or O, stop bits (default: 8N1; modbus-rtu and m-bus 8E1)',
	),
	lines: new Option(
		'--lines <values|fields|nmea|safecast>',
		"serial: lines as for stdin, lines of several figures, NMEA 0183, or a bGeigie's sentences (default: values)",
	),
	lineEnding: new Option(
		'--line-ending <end>',
		'serial: what ends a line: lf, cr, crlf, any, a span of silence such as 200ms, or stx-etx,CHECK (default: lf)',
	),
	sysfs: new Option('--sysfs <folder>', 'hwmon, iio, thermal: where the kernel shows its devices (default: /sys)'),
	host: new Option('--host <host>', 'modbus-tcp: the instrument or gateway'),
	port: new Option('--port <port>', 'modbus-tcp: its port (default: 502)'),
	unitId: new Option('--unit-id <number>', 'modbus: the unit on the line or behind a gateway (default: 1)'),
	timeout: new Option(
		'--timeout <span>',
		'how long connecting and an answer may take (default: modbus-tcp 2s, modbus-rtu 1s, sdi-12 and m-bus 3s, opc-ua 5s, http and mqtt 10s)',
	),
	url: new Option(
		'--url <address>',
		'http: the document; mqtt: the broker, such as mqtt://127.0.0.1:1883; opc-ua: the server, such as opc.tcp://192.0.2.7:4840',
	),
	timeFrom: new Option(
		'--time-from <how>',
		'http, mqtt: where the document or message says when it was measured, such as $.time (default: when it came)',
	),
	secretFile: new Option(
		'--secret-file <file>',
		'http: headers, such as "Authorization: Bearer …"; mqtt: "user: …" and "password: …"; a line each, mode 600',
	),
	ca: new Option(
		'--ca <file>',
		"http, mqtt: PEM with the CA of the other end's certificate (default: those of the system)",
	),
	module: new Option('--module <file>', 'module: JavaScript or TypeScript that exports a source; see docs/sources.md'),
	noValue: new Option(
		'--no-value <stream=code>',
		'what a sensor gives when it has no value, before --scale: such as -127 of 1-Wire parts; may be given again',
	).argParser(collect),
	set: new Option('--set <name=value>', 'module: a setting for it').argParser(collect),
};

// To the parser a name that begins with "no-" takes an option back.
options.noValue.negate = false;

export const addSourceOptions = (command: Command): Command => {
	for (const option of Object.values(options)) command.addOption(option);
	return command;
};

/** Those of the options that were given, as they are written. */
export const givenOptions = (given: Readonly<Partial<Record<OptionName, unknown>>>): [OptionName, string][] =>
	Object.entries(options).flatMap(([name, { long }]) =>
		given[name as OptionName] === undefined ? [] : [[name as OptionName, long ?? name]],
	);
