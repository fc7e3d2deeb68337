import { once } from 'node:events';
import { type Client, connectRemote } from '@keyward/client';
import { Problem } from '@keyward/core';
import { isSameStream, streamOfTopic } from '@keyward/core/device';
import { readCursor, type ReadingView, writeCursor } from '@keyward/contract';
import type { StreamName } from '@keyward/core/port';
import type { Command } from 'commander';
import { print } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';

interface Options {
	readonly as: string;
	readonly follow?: boolean;
	readonly after?: string;
	readonly limit?: string;
	readonly json?: boolean;
}

/** Shown when it is not said where to begin. */
const NEWEST = 20;
const PAGE = 1000;

const streamOf = (text: string): StreamName => {
	const name = streamOfTopic(text);
	if (name?.application && name.device && name.stream) return { ...name, device: deviceName(name.device) };
	throw new Problem('request-malformed', `${JSON.stringify(text)} is no stream: write APPLICATION/DEVICE/STREAM.`);
};

const wholeNumber = (option: string, text: string | undefined): number | undefined => {
	if (text === undefined) return undefined;
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new Problem('request-malformed', `${option} must be a whole number, not ${JSON.stringify(text)}.`);
};

const cursorOf = (text: string | undefined): string | undefined => {
	if (text === undefined || readCursor(text) !== null) return text;
	throw new Problem(
		'request-malformed',
		`--after must be a cursor as keyward read printed it, or 0 for the first reading, not ${JSON.stringify(text)}.`,
	);
};

/** Where the newest readings begin. 0 for a stream that the reader does not see: asking for it then says why. */
const beforeNewest = async (client: Client, name: StreamName, count: number): Promise<string> => {
	const mine = await client.call('streams.list', {});
	const found = mine.find((one) => isSameStream(one, name));
	const { generation, position } = readCursor(found?.cursor ?? '0') ?? { generation: null, position: 0 };
	return generation === null ? '0' : writeCursor(generation, Math.max(0, position - count));
};

/** What is stored after the cursor, page by page. */
async function* stored(client: Client, name: StreamName, after: string): AsyncGenerator<ReadingView> {
	for (let from = after; ;) {
		const { readings, next } = await client.call('readings.read', { ...name, after: from, limit: PAGE });
		if (readings.length === 0) return;
		yield* readings;
		from = next;
	}
}

const row = (cursor: string, time: string, value: string, unit: string, doubt = ''): string =>
	`${cursor.padStart(14)}  ${time.padEnd(24)}  ${value.padStart(14)}  ${unit.padEnd(8)}  ${doubt}`.trimEnd();

const lineOf = (reading: ReadingView, json: boolean): string =>
	json
		? JSON.stringify(reading)
		: row(
				reading.cursor,
				new Date(reading.time).toISOString(),
				String(reading.value),
				reading.unit,
				reading.doubt === undefined ? '' : `doubtful: ${reading.doubt.join(', ')}`,
			);

/** `keyward read`: exit code 0 read, 2 not allowed to. */
export const register = (program: Command): void => {
	program
		.command('read')
		.description('Read a stream as a reader with a grant for it')
		.argument('<stream>', 'APPLICATION/DEVICE/STREAM')
		.requiredOption('--as <folder>', 'home of the reader, made by keyward reader commission')
		.option('--follow', 'go on with readings as they come, until Ctrl-C')
		.option(
			'--after <cursor>',
			`readings after this one, as it was printed; 0 is from the first (default: the newest ${NEWEST})`,
		)
		.option('--limit <count>', 'stop after so many')
		.option('--json', 'print one JSON object a line')
		.action(async (text: string, options: Options) => {
			const { json = false, follow = false } = options;
			const name = streamOf(text);
			const from = cursorOf(options.after);
			const limit = wholeNumber('--limit', options.limit) ?? Number.POSITIVE_INFINITY;
			const { openIdentity, refreshServiceCas } = await import('@keyward/agent');
			// A reader that follows for long has no other moment to learn of the next service CA.
			await refreshServiceCas(await openIdentity(options.as), Date.now());
			const { certificate, serviceCa, serviceUrl, privateKey } = await openIdentity(options.as);
			const client = connectRemote({ url: serviceUrl, certificate, key: await privateKey(), serviceCa });
			const interrupted = new AbortController();
			process.once('SIGINT', () => interrupted.abort());
			try {
				const after = from ?? (await beforeNewest(client, name, Math.min(limit, NEWEST)));
				const { signal } = interrupted;
				const readings = follow ? client.readings(name, { after, signal }) : stored(client, name, after);
				if (!json && process.stdout.isTTY) print(`${row('cursor', 'time', 'value', 'unit')}\n`);
				let left = limit;
				for await (const reading of readings) {
					if (left-- <= 0 || signal.aborted) break;
					if (!print(`${lineOf(reading, json)}\n`)) await once(process.stdout, 'drain');
					if (left <= 0) break;
				}
			} finally {
				client.close();
			}
		});
};
