import type { TimeSpan } from '@keyward/client';
import { connectRemote } from '@keyward/client/connect';
import { Problem } from '@keyward/core';
import { streamOfTopic } from '@keyward/core/device';
import { cursorFault } from '@keyward/contract/cursor';
import type { StreamName } from '@keyward/core/port';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, tell } from '../terminal/output.ts';
import { untilStopped } from '../terminal/stop.ts';
import { deviceName } from './device-name.ts';
import { parsePast } from './moment.ts';
import { type Asked, isWild, NEWEST } from './reading/asked.ts';
import { openAlarmBook } from './reading/alarm-book.ts';
import { openAlarmWatch } from './reading/alarm-watch.ts';
import { deliver } from './reading/deliver.ts';
import { showOne, showSeveral } from './reading/show.ts';
import { targetForms } from './target/target.ts';

interface Options {
	readonly as: string;
	readonly follow?: boolean;
	readonly after?: string;
	readonly since?: string;
	readonly until?: string;
	readonly limit?: string;
	readonly to?: string;
	readonly secretFile?: string;
	readonly ca?: string;
	readonly json?: boolean;
	readonly unsigned?: boolean;
}

const streamOf = (text: string): StreamName => {
	const name = streamOfTopic(text);
	if (name?.application && name.application !== '+' && name.device && name.stream)
		return { ...name, device: name.device === '+' ? '+' : deviceName(name.device) };
	throw new Problem('request-malformed', `${JSON.stringify(text)} is no stream: write APPLICATION/DEVICE/STREAM.`);
};

const wholeNumber = (option: string, text: string | undefined): number | undefined => {
	if (text === undefined) return undefined;
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new Problem('request-malformed', `${option} must be a whole number, not ${JSON.stringify(text)}.`);
};

const cursorOf = (text: string | undefined): string | undefined => {
	const fault = text === undefined ? null : cursorFault(text);
	if (fault !== null) throw new Problem('request-malformed', `--after ${fault}`);
	return text;
};

const spanOf = ({ since, until, follow }: Options, now: number): TimeSpan | null => {
	if (since === undefined && until === undefined) return null;
	if (until !== undefined && follow === true)
		throw new Problem('request-malformed', '--follow goes on for ever, and --until ends: leave out one of them.');
	return {
		...(since === undefined ? {} : { from: parsePast(since, now) }),
		...(until === undefined ? {} : { to: parsePast(until, now) }),
	};
};

const examples = `
In APPLICATION/DEVICE/STREAM a device or stream may be +: every one that the reader has a grant for.

With --to each page of readings is delivered, then the place in each stream is kept in the reader's folder; the same command
again goes on where it stopped. TARGET is ${targetForms}.

Examples:
  The last day of every stream, as a list for a spreadsheet:
    keyward read hall/+/+ --as desk --since 24h --to csv:- > hall.csv
  Everything stored, and then what comes, into InfluxDB:
    keyward read hall/+/+ --as desk --follow --to influx:http://127.0.0.1:8086/write?db=hall
  To the broker of the house:
    keyward read hall/+/+ --as desk --follow --to mqtt://127.0.0.1:1883/keyward

The ledger that the site shows is compared with what this reader saw before. Where it is another history the alarm stands, is said at
each run and in every output, until keyward ledger seen --accept.

Exit code: 0 read, 1 read, and an alarm stands, 2 not allowed to, or could not go on.`;

/** `keyward read`: exit code 0 read, 1 read and an alarm stands, 2 not allowed to. */
export const register = (program: Command): void => {
	program
		.command('read')
		.description('Read streams as a reader with a grant for them')
		.argument('<stream...>', 'APPLICATION/DEVICE/STREAM')
		.requiredOption('--as <folder>', 'home of the reader, made by keyward reader commission')
		.option('--follow', 'go on with readings as they come, until Ctrl-C')
		.option(
			'--after <cursor>',
			`readings after this one, as it was printed; 0 is from the first (default: the newest ${NEWEST}; with --to, what is not delivered yet)`,
		)
		.option(
			'--since <time>',
			'readings of this time or later: 2027-01-31, 2027-01-31T12:00:00Z, or a span ago such as 24h',
		)
		.option('--until <time>', 'readings before this time')
		.option('--limit <count>', 'stop after so many')
		.option('--to <target>', 'deliver readings to a file, database or broker')
		.option('--unsigned', 'with --to, deliver at once what its device has not signed yet, too')
		.option('--secret-file <file>', 'lines NAME: VALUE for --to: user and password of a broker, or HTTP headers')
		.option('--ca <file>', "PEM of the CA that the target's certificate is of")
		.option('--json', 'print one JSON object a line')
		.addHelpText('after', examples)
		.action(async (texts: readonly string[], options: Options) => {
			const names = texts.map(streamOf);
			const from = cursorOf(options.after);
			const span = spanOf(options, Date.now());
			const limit = wholeNumber('--limit', options.limit) ?? Number.POSITIVE_INFINITY;
			const { openIdentity } = await import('@keyward/agent/identity');
			const { openReaderTrust } = await import('@keyward/agent/reader-trust');
			const { refreshServiceCas } = await import('@keyward/agent/renewal');
			// A reader that follows for long has no other moment to learn of the next service CA.
			await refreshServiceCas(await openIdentity(options.as), Date.now());
			const identity = await openIdentity(options.as);
			// Nothing of another application is ever listed to this reader: to wait for it would be for ever.
			const [foreign] = names.filter((one) => isWild(one) && one.application !== identity.application);
			if (foreign !== undefined)
				throw new Problem(
					'not-granted',
					`${identity.id} is a reader of ${identity.application}, and reads nothing of ${foreign.application}.`,
				);
			const { certificate, serviceCa, serviceUrl, privateKey } = identity;
			const client = connectRemote({ url: serviceUrl, certificate, key: await privateKey(), serviceCa });
			const trustOf = openReaderTrust(identity, ({ code, detail }) => tell(`${inLine(detail)} [${code}]\n`));
			const { signal } = untilStopped();
			const alarms = openAlarmWatch(openAlarmBook(options.as), client, identity.application, options);
			const asked: Asked = {
				...options,
				client,
				names,
				from,
				span,
				limit,
				trustOf,
				alarms,
				signal,
			};
			try {
				await alarms.begin(signal);
				const [name, ...more] = names;
				if (options.to !== undefined) await deliver(asked, options.to);
				else if (name !== undefined && more.length === 0 && !isWild(name)) await showOne(asked, name);
				else await showSeveral(asked);
			} finally {
				client.close();
				if (alarms.stand) process.exitCode = exit.finding;
			}
		});
};
