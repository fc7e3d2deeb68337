import {
	agentVersion,
	parseDebugLocks,
	parseTamperSwitches,
	type LinkSettings,
	runDevice,
	type RunCounters,
	type RunEvent,
	wallClock,
} from '@keyward/agent';
import type { Command } from 'commander';
import { hours, type Instant, Problem } from '@keyward/core';
import { parseSpan } from '@keyward/core/spelling';
import { inLine } from '@keyward/core/export';
import { clearLine, exit, print } from '../terminal/output.ts';
import { untilStopped } from '../terminal/stop.ts';
import { makeSource, sourceOption } from './device-source.ts';
import { group } from './group.ts';
import { instrumentsOf } from './source/instruments.ts';
import { describeSource } from './source/describe.ts';
import { addSourceOptions } from './source/flags.ts';
import type { SourceOptions } from './source/options.ts';

interface Options extends SourceOptions {
	readonly folder: string;
	readonly format: string;
	readonly untilDrained?: boolean;
	readonly retryRefused?: boolean;
	readonly probeAfter: string;
	readonly software?: string;
	readonly update?: boolean;
	readonly securityfs?: string;
	readonly facts: string;
	readonly tamper?: readonly string[];
	readonly debugLock?: readonly string[];
	readonly json?: boolean;
}

const examples = `
Lines on standard input are VALUE, TIME,VALUE, or a SenML record such as {"n":"air","u":"Cel","v":21.5}.
What is no reading is counted by its code and never sent; readings wait in the folder until the site has them.

Examples:
  One value a second of a program, until Ctrl-C:
    sensor-program | keyward device run --source stdin --stream temperature --unit temperature=Cel
  A recording, as if it happened now, again and again:
    keyward device run --source csv --file geiger.csv --where validity=A --map dose-rate=counts_per_minute \\
      --scale dose-rate=1e-6/334 --unit dose-rate=Sv/h --times now --every 5s --repeat
  A log of a bGeigie, with its own times, at once:
    keyward device run --source safecast --file drive.log --speed max --until-drained
  A bGeigie on a serial port, which may be unplugged and plugged in again:
    keyward device run --source serial --device /dev/ttyUSB0 --baud 9600 --lines safecast
  A sensor of this machine; keyward device sources shows what there is:
    keyward device run --source hwmon --map cabinet=lm75/temp1 --every 10s
  Two figures of an instrument:
    keyward device run --source modbus-tcp --host 192.0.2.7 --map flow=input:0:float32 --unit flow=m3/s \\
      --map level=holding:16:uint16 --scale level=1/1000 --unit level=m --every 1s

Exit code: 0 stopped, or drained and all delivered; 1 drained, but some was refused, or nothing could be read; 2 could not go on.`;

/** `keyward device run`: exit code 0 stopped or all delivered, 1 some refused or nothing read, 2 could not go on. */
export const register = (program: Command): void => {
	const command = group(program, 'device')
		.command('run')
		.description('Run a device: read its sensor, deliver each reading, renew its certificate')
		.option('--folder <folder>', 'home of the device, made by keyward device commission', './keyward-device')
		.addOption(sourceOption('where samples come from').makeOptionMandatory());
	addSourceOptions(command)
		.option('--until-drained', 'end when the source has ended and the site has everything')
		.option('--retry-refused', 'send again what the site refused in earlier runs')
		.option('--format <cbor|json>', 'how readings are written', 'cbor')
		.option(
			'--probe-after <span>',
			'try what the site must refuse: this long after the first reading, then every 12 hours; or never',
			'60s',
		)
		.option('--software <version>', "tell the site this version of the device's software; bills of materials go by it")
		.option('--securityfs <folder>', 'where Linux shows its boot logs (default: /sys/kernel/security)')
		.option(
			'--facts <machine|program|none>',
			'what the device is when it tells the site its open ports and services: the machine, this program alone, or nothing',
			'machine',
		)
		.option(
			'--tamper <switches...>',
			'files that show a switch of the case, such as lid=/sys/class/gpio/gpio17/value, open at 1, or lid=FILE:0',
		)
		.option(
			'--debug-lock <bits...>',
			'bits that show that a debug port is closed, as NAME=FILE:OFFSET:MASK:CLOSED (docs/device-facts.md)',
		)
		.option(
			'--update',
			'follow the releases that the site assigns, also where update/settings.json says "automatic": false',
		)
		.option('--json', 'print one JSON object a line')
		.addHelpText('after', examples)
		.action(async (options: Options) => {
			const { format, json = false } = options;
			if (format !== 'cbor' && format !== 'json') throw new Problem('request-malformed', '--format is cbor or json');
			const { facts } = options;
			if (facts !== 'machine' && facts !== 'program' && facts !== 'none')
				throw new Problem('request-malformed', '--facts is machine, program or none');
			if (facts === 'none' && options.tamper !== undefined)
				throw new Problem(
					'request-malformed',
					'--tamper needs --facts machine or program: the site hears of it that way',
				);
			parseTamperSwitches(options.tamper ?? []);
			if (facts !== 'machine' && options.debugLock !== undefined)
				throw new Problem('request-malformed', '--debug-lock needs --facts machine: it says what the machine is');
			parseDebugLocks(options.debugLock ?? []);
			const show = json ? showJson : process.stdout.isTTY ? showOnTerminal : showAsText();
			const counters = await runDevice({
				folder: options.folder,
				source: await makeSource(options),
				described: describeSource(options),
				clock: wallClock,
				signal: untilStopped().signal,
				report: show,
				untilDrained: options.untilDrained === true,
				retryRefused: options.retryRefused === true,
				format,
				update: options.update === true,
				link: { probe: probeOf(options), ...softwareOf(options) },
				...(facts !== 'none' && {
					facts: {
						...{ scope: facts, instruments: instrumentsOf(options) },
						...(options.tamper !== undefined && { tamper: options.tamper }),
						...(options.debugLock !== undefined && { debugLocks: options.debugLock }),
					},
				}),
				...(options.securityfs !== undefined && { securityfs: options.securityfs }),
			});
			if (process.stdout.isTTY && !json) print('\n');
			const refused = Object.keys(counters.refused).length > 0;
			// Nothing but complaints is a mistake in how it was called, such as lines without --stream.
			const unread = Object.keys(counters.complaints).length > 0 && counters.accepted === 0;
			process.exitCode = options.untilDrained === true && (refused || unread) ? exit.finding : exit.held;
		});
};

/** Evidence of what the site must refuse (docs/posture.md). */
const probeOf = ({ probeAfter }: Options): LinkSettings['probe'] =>
	probeAfter === 'never' ? null : { first: parseSpan(probeAfter), every: hours(12) };

/** Told to the site at each connection (docs/advisories.md). Throws `Problem('request-malformed')`. */
const softwareOf = ({ software }: Options): Partial<Pick<LinkSettings, 'software'>> => {
	if (software === undefined) return {};
	if (/^[\w.+~:-]{1,128}$/.test(software)) return { software: { version: software, agent: agentVersion } };
	throw new Problem('request-malformed', '--software is a version: use 1 to 128 of letters, digits and . + ~ : _ -');
};

const showJson = (event: RunEvent): void => {
	const flat = event.event === 'status' ? { event: 'status', ...event.counters } : event;
	const hex = (_: string, value: unknown): unknown =>
		value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
	print(`${JSON.stringify(flat, hex)}\n`);
};

/** One line of counters, kept up to date, with what happens above it. */
const showOnTerminal = (event: RunEvent): void => {
	clearLine();
	print(event.event === 'status' ? describeCounters(event.counters) : `${inLine(describe(event))}\n`);
};

/** A line for what happens, and for the counters when they changed. */
const showAsText = (): ((event: RunEvent) => void) => {
	let last = '';
	return (event) => {
		const line = event.event === 'status' ? describeCounters(event.counters) : inLine(describe(event));
		if (event.event !== 'status' || line !== last) print(`${line}\n`);
		if (event.event === 'status') last = line;
	};
};

const describeCounters = ({ accepted, waiting, undated, refused, complaints, dropped, link }: RunCounters): string => {
	const byCode = (title: string, counts: Readonly<Record<string, number>>): string => {
		const all = Object.entries(counts).map(([code, count]) => `${count} ${code}`);
		return all.length === 0 ? '' : `, ${title} ${all.join(' ')}`;
	};
	const lost = dropped === 0 ? '' : `, lost ${dropped}`;
	const time = undated === 0 ? '' : ` (${undated} for their time)`;
	return `${accepted} accepted, ${waiting} waiting${time}${byCode('refused', refused)}${byCode('not read', complaints)}${lost}; link ${link}`;
};

const updateWords = {
	idle: 'is left',
	downloading: 'is fetched',
	staged: 'is here, whole and signed',
	installing: 'is installed',
	installed: 'starts next, and is confirmed when it connects',
	confirming: 'has connected',
	confirmed: 'is confirmed',
	'falling-back': 'is given up',
	'fallen-back': 'was given up; the version before it starts',
} as const;

const describe = (event: Exclude<RunEvent, { event: 'status' }>): string => {
	switch (event.event) {
		case 'link': {
			const { link } = event;
			if (link.state === 'waiting') return `link: ${link.why}; next try in ${(link.retryIn / 1000).toFixed(1)} s`;
			if (link.state === 'withheld') return `link: nothing of ${link.stream} is taken now, it waits: ${link.why}`;
			return link.state === 'taken-over'
				? `link: ${link.why}; another agent uses this identity: stop one of them. Next try in ${Math.round(link.retryIn / 1000)} s`
				: `link: ${link.state}`;
		}
		case 'command': {
			const { outcome, code, detail } = event.receipt;
			return `command ${outcome}: ${detail}${code === null ? '' : ` [${code}]`}`;
		}
		case 'refused':
			return `refused: ${event.stream}${event.time === null ? ', what it signs' : ` at ${shownTime(event.time)}`}: ${event.detail} [${event.code}]`;
		case 'complaint':
			return `not read: ${event.detail} [${event.code}]`;
		case 'warning':
			return `warning: ${event.detail} [${event.code}]`;
		case 'boot-attested':
			return `boot: the site found release ${event.release}, by the word of this TPM`;
		case 'boot-refused':
			return `boot: not taken: ${event.detail} [${event.code}]`;
		case 'floor-attested':
			return 'security floor: the site has it, by the word of this TPM';
		case 'floor-refused':
			return `security floor: not taken: ${event.detail} [${event.code}]`;
		case 'facts': {
			const { ports, services } = event.report;
			const told = (names: readonly string[] | null): string =>
				names === null ? 'cannot tell' : names.join(' ') || 'none';
			return `facts: the site knows; open ports: ${told(ports)}; services: ${told(services)}`;
		}
		case 'tamper':
			return `tamper: the case was opened (${event.opened.join(', ')}); the site will hear of it`;
		case 'facts-failed':
			return `facts: not told yet: ${event.detail} [${event.code}]`;
		case 'update':
			return `update: release ${event.release} ${updateWords[event.state]}${event.why === null ? '' : `: ${event.why}`}`;
		case 'update-failed':
			return `update: not now: ${event.detail} [${event.code}]`;
		case 'renewed':
			return 'certificate renewed';
		case 're-keyed':
			return 'new key in use; the old one is destroyed';
		case 'link-changed':
			return `link: no weaker one than ${event.floor} is taken now`;
		case 'renewal-failed':
			return `certificate not renewed yet: ${event.detail} [${event.code}]`;
		case 'source-changed': {
			const rules = Object.entries(event.described.calibration).map(([stream, rule]) => `; ${stream}: ${rule}`);
			return `source: ${event.described.source}${rules.join('')}; kept in source-history.jsonl`;
		}
		case 'clock':
			return `clock: ${event.detail}`;
		case 'probed':
			return event.letIn.length === 0
				? 'probe: the service refused all that it must refuse'
				: `probe: the service let in what it must refuse (${event.letIn.join(', ')}); tell its operator`;
		case 'source-ended':
			return 'the source has ended';
	}
};

/** ECMA-262 has no date beyond that: it was no moment when it was given. */
const LAST_DATE: Instant = 8.64e15;
const shownTime = (time: Instant): string =>
	Math.abs(time) <= LAST_DATE ? new Date(time).toISOString() : `${time} ms after 1970, which is no date`;
