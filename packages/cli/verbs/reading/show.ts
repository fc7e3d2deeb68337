import { once } from 'node:events';
import { type Client, pages, type TimeSpan } from '@keyward/client';
import { mostReadings, readCursor, type ReadingView, type StreamSummary, writeCursor } from '@keyward/contract';
import { isSameStream, topicOf } from '@keyward/core/device';
import type { StreamName } from '@keyward/core/port';
import { print } from '../../terminal/output.ts';
import { type Asked, NEWEST } from './asked.ts';

/** Shows one stream, a reading a line. */
export const showOne = async (asked: Asked, name: StreamName): Promise<void> => {
	const { limit, json = false, signal } = asked;
	if (!json && process.stdout.isTTY) print(`${row('cursor', 'time', 'value', 'unit')}\n`);
	let left = limit;
	for await (const reading of readingsOf(asked, name)) {
		if (left-- <= 0 || signal.aborted) break;
		await say(json ? JSON.stringify(reading) : lineOf(reading));
		if (left <= 0) break;
	}
};

/** A span of time is read to its end; what is to come begins where that ended. */
async function* readingsOf(asked: Asked, name: StreamName): AsyncGenerator<ReadingView> {
	const { client, from, span, limit, follow = false, signal } = asked;
	let after = from ?? (span === null ? await beforeNewest(client, name, Math.min(limit, NEWEST)) : '0');
	if (span !== null || !follow)
		for await (const { readings, next } of stored(client, name, after, span ?? {})) {
			yield* readings;
			after = next;
		}
	if (follow) yield* client.readings(name, { after, signal });
}

/** Shows several streams, each reading with the name of its own. */
export const showSeveral = async ({ client, names, from, span, limit, json, follow, signal }: Asked): Promise<void> => {
	const after = (stream: StreamSummary): string =>
		from ?? (span === null ? before(stream, Math.min(limit, NEWEST)) : '0');
	let left = limit;
	for await (const { name, readings } of pages(client, names, {
		...(span === null ? {} : { span }),
		...{ after, follow: follow === true, signal },
	}))
		for (const reading of readings) {
			if (left-- <= 0) return;
			await say(
				json === true ? JSON.stringify({ ...name, ...reading }) : `${topicOf(name).padEnd(24)}  ${lineOf(reading)}`,
			);
		}
};

const say = async (line: string): Promise<void> => {
	if (!print(`${line}\n`)) await once(process.stdout, 'drain');
};

const before = ({ cursor }: StreamSummary, count: number): string => {
	const { generation, position } = readCursor(cursor) ?? { generation: null, position: 0 };
	return generation === null ? '0' : writeCursor(generation, Math.max(0, position - count));
};

/** Where the newest readings begin. 0 for a stream that the reader does not see: asking for it then says why. */
const beforeNewest = async (client: Client, name: StreamName, count: number): Promise<string> => {
	const mine = await client.call('streams.list', {});
	const found = mine.find((one) => isSameStream(one, name));
	return found === undefined ? '0' : before(found, count);
};

/** What is stored after the cursor, page by page. */
async function* stored(
	client: Client,
	name: StreamName,
	after: string,
	span: TimeSpan,
): AsyncGenerator<{ readonly readings: readonly ReadingView[]; readonly next: string }> {
	for (let from = after; ;) {
		const page = await client.call('readings.read', { ...name, ...span, after: from, limit: mostReadings });
		if (page.next === from) return;
		yield page;
		from = page.next;
	}
}

const row = (cursor: string, time: string, value: string, unit: string, doubt = ''): string =>
	`${cursor.padStart(14)}  ${time.padEnd(24)}  ${value.padStart(14)}  ${unit.padEnd(8)}  ${doubt}`.trimEnd();

const lineOf = (reading: ReadingView): string =>
	row(
		reading.cursor,
		new Date(reading.time).toISOString(),
		String(reading.value),
		reading.unit,
		reading.doubt === undefined ? '' : `doubtful: ${reading.doubt.join(', ')}`,
	);
