import { once } from 'node:events';
import { beforeNewest, type Client, Opener, type OpenReading, type Page, pages, type TimeSpan } from '@keyward/client';
import type { StreamSummary } from '@keyward/contract';
import { mostReadings } from '@keyward/contract/cursor';
import { isSameStream, topicOf } from '@keyward/core/device';
import type { StreamName } from '@keyward/core/port';
import { inLine } from '@keyward/core/export';
import { print } from '../../terminal/output.ts';
import { type Asked, NEWEST } from './asked.ts';
import { tellPage, tellWaiting, watchOverdue } from './notices.ts';

/** Shows one stream, a reading a line. */
export const showOne = async (asked: Asked, name: StreamName): Promise<void> => {
	if (asked.json !== true && process.stdout.isTTY) print(`${row('cursor', 'time', 'value', 'unit')}\n`);
	await show(asked, pagesOfOne(asked, name), (_name, reading, json) =>
		json ? JSON.stringify(reading) : lineOf(reading),
	);
};

/** Shows several streams, each reading with its own name. */
export const showSeveral = async (asked: Asked): Promise<void> => {
	const { client, names, from, span, limit, follow, signal } = asked;
	const after = (stream: StreamSummary): string | Promise<string> =>
		from ?? (span === null ? beforeNewest(client, stream, Math.min(limit, NEWEST)) : '0');
	const all = pages(client, names, {
		...(span === null ? {} : { span }),
		...{ after, follow: follow === true, idle: true, onNothing: tellWaiting, signal },
	});
	await show(asked, all, (name, reading, json) =>
		json ? JSON.stringify({ ...name, ...reading }) : `${topicOf(name).padEnd(24)}  ${lineOf(reading)}`,
	);
};

/** Opens what is sealed as it comes: a reading is shown as opened, and that it is signed once its device has said so. */
const show = async (
	{ client, trustOf, alarms, limit, json = false, follow = false, signal }: Asked,
	all: AsyncIterable<Page>,
	write: (name: StreamName, reading: OpenReading, json: boolean) => string,
): Promise<void> => {
	const opener = new Opener(client, trustOf, false);
	if (follow) watchOverdue(opener, json, signal);
	let left = limit;
	for await (const page of all) {
		const opened = await alarms.mark(await opener.open(page));
		tellPage(opened, json);
		for (const reading of opened.readings) {
			if (left-- <= 0 || signal.aborted) return;
			await say(write(page.name, reading, json));
		}
		for (const { epoch, numbers } of opened.signed)
			await say(
				json
					? JSON.stringify({ ...page.name, signed: { epoch, numbers } })
					: `signed: numbers ${numbers[0]} to ${numbers[1]} of epoch ${epoch}`,
			);
		for (const { from, to, count } of opened.nowSigned)
			await say(
				json
					? JSON.stringify({ ...page.name, signed: { from, to, count } })
					: `signed: ${count} readings of ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
			);
		if (left <= 0 || signal.aborted) return;
	}
};

/** A span of time is read to its end; what is to come begins where that ended. */
async function* pagesOfOne(asked: Asked, name: StreamName): AsyncGenerator<Page> {
	const { client, from, span, limit, follow = false, signal } = asked;
	const newest = follow || limit === Number.POSITIVE_INFINITY ? Math.min(limit, NEWEST) : limit;
	let after = from ?? (span === null ? await newestPlace(client, name, newest) : '0');
	if (span !== null || !follow)
		for await (const page of stored(client, name, after, span ?? {})) {
			yield page;
			after = page.next;
		}
	if (!follow) return;
	// Met before its first row: one that stays away is missed.
	yield { name, readings: [], next: after };
	for await (const reading of client.readings(name, { after, signal }))
		yield { name, readings: [reading], next: reading.cursor };
}

const say = async (line: string): Promise<void> => {
	if (!print(`${inLine(line)}\n`)) await once(process.stdout, 'drain');
};

/** Where the newest readings begin. 0 for a stream that the reader does not see: asking for it then says why. */
const newestPlace = async (client: Client, name: StreamName, count: number): Promise<string> => {
	const mine = await client.call('streams.list', {});
	const found = mine.find((one) => isSameStream(one, name));
	return found === undefined ? '0' : beforeNewest(client, found, count);
};

/** What is stored after the cursor, page by page. */
async function* stored(client: Client, name: StreamName, after: string, span: TimeSpan): AsyncGenerator<Page> {
	for (let from = after; ;) {
		const page = await client.call('readings.read', { ...name, ...span, after: from, limit: mostReadings });
		if (page.next === from) return;
		yield { name, ...page };
		from = page.next;
	}
}

const row = (cursor: string, time: string, value: string, unit: string, doubt = ''): string =>
	`${cursor.padStart(14)}  ${time.padEnd(24)}  ${value.padStart(14)}  ${unit.padEnd(8)}  ${doubt}`.trimEnd();

/** A text in its column, in quotes where it could pass for several columns or for none; {@link inLine} keeps it in its line. */
const shownText = (text: string): string =>
	/^[^\s"]+(?: [^\s"]+)*$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;

const lineOf = ({ cursor, time, value, unit, doubt, proof, stale, alarms = [] }: OpenReading): string =>
	row(
		cursor,
		new Date(time).toISOString(),
		typeof value === 'string' ? shownText(value) : String(value),
		unit,
		[
			...(proof === undefined ? [] : [proof]),
			...(stale === true ? ['expired roster'] : []),
			...(doubt === undefined ? [] : [`doubtful: ${doubt.join(', ')}`]),
			...alarms.map((code) => `ALARM ${code}`),
		].join('; '),
	);
