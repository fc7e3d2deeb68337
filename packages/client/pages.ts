import { setTimeout as sleep } from 'node:timers/promises';
import type { RowView, StreamSummary } from '@keyward/contract';
import { mostReadings, readCursor } from '@keyward/contract/cursor';
import { type Instant, mayPass, type Milliseconds, Problem, seconds } from '@keyward/core';
import type { StreamName } from '@keyward/core/port';
import type { Client } from './client.ts';

/** Readings of one stream in a row, and the cursor after them: anyone who has stored these goes on from there. */
export interface Page {
	readonly name: StreamName;
	readonly readings: readonly RowView[];
	readonly next: string;
}

export interface TimeSpan {
	readonly from?: Instant;
	readonly to?: Instant;
}

export interface PagesOptions {
	/** Where each stream begins: a cursor that the service gave, or 0. Asked once a stream, when it is met first. */
	readonly after: (stream: StreamSummary) => string | Promise<string>;
	/** Only readings of a span of time: of `from` or later, and before `to`. */
	readonly span?: TimeSpan;
	/** Goes on with what comes, streams that are met later among it, until `signal` aborts. */
	readonly follow?: boolean;
	/** With `follow`: an empty page of each stream at each look that finds nothing new, for what comes by time alone. */
	readonly idle?: boolean;
	/** Told of a name with `+` that stands for nothing yet: followed, it waits for the first reading; else it is refused. */
	readonly onNothing?: (wanted: StreamName) => void;
	readonly signal?: AbortSignal;
}

/** Between two looks at what is new. */
const LOOK: Milliseconds = seconds(1);
const LONGEST_PAUSE: Milliseconds = seconds(15);

/**
 * Everything stored in several streams, page by page, each stream in order. In `wanted` a device or stream may be `+`: every one
 * that the caller has a grant for. A stream that is named, and that the caller may not read, throws what the service says of it.
 */
export async function* pages(
	client: Pick<Client, 'call'>,
	wanted: readonly StreamName[],
	{ after, span = {}, follow = false, idle = false, onNothing, signal = new AbortController().signal }: PagesOptions,
): AsyncGenerator<Page> {
	const places = new Map<number | string, string>();
	let reached = false;
	let pause = LOOK;
	while (!signal.aborted) {
		try {
			const granted = await client.call('streams.list', {});
			if (!reached) {
				await requireGranted(client, wanted, granted);
				const empty = wanted.filter((each) => isWild(each) && !granted.some((one) => isOf(each, one)));
				if (empty[0] !== undefined && !follow) throw nothingYet(empty[0]);
				for (const each of empty) onNothing?.(each);
			}
			reached = true;
			for (const stream of granted.filter((one) => wanted.some((each) => isOf(each, one)))) {
				const key = `${stream.application}/${stream.device}/${stream.stream}`;
				const place = places.get(key) ?? (await after(stream));
				places.set(key, place);
				for await (const page of pagesOf(client, stream, place, span, signal)) {
					yield page;
					places.set(key, page.next);
				}
				const { application, device, stream: id } = stream;
				if (follow && idle && places.get(key) === place && !signal.aborted)
					yield { name: { application, device, stream: id }, readings: [], next: place };
			}
			pause = LOOK;
		} catch (error) {
			if (signal.aborted) return;
			if (!follow || !reached || !(error instanceof Problem) || !mayPass(error.code)) throw error;
			pause = Math.min(pause * 2, LONGEST_PAUSE);
		}
		if (!follow) return;
		await sleep(pause * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
	}
}

async function* pagesOf(
	client: Pick<Client, 'call'>,
	stream: StreamSummary,
	after: string,
	span: TimeSpan,
	signal: AbortSignal,
): AsyncGenerator<Page> {
	const { application, device, stream: id, cursor } = stream;
	const name = { application, device, stream: id };
	const end = readCursor(cursor)?.position ?? 0;
	for (let from = after; !signal.aborted;) {
		// One of another generation is asked with, for the service's word on it.
		const place = readCursor(from);
		if (place !== null && place.position >= end && (place.generation ?? '') === (readCursor(cursor)?.generation ?? ''))
			return;
		const { readings, next } = await client.call('readings.read', {
			...name,
			...span,
			after: from,
			limit: mostReadings,
		});
		if (next === from) return;
		// Of a span of time, a page may have nothing and still lead on.
		yield { name, readings, next };
		from = next;
	}
}

/** CR 2.1: what is named and not granted is refused, rather than passed over as if it had no readings. */
const requireGranted = async (
	client: Pick<Client, 'call'>,
	wanted: readonly StreamName[],
	granted: readonly StreamSummary[],
): Promise<void> => {
	for (const each of wanted.filter((one) => one.device !== '+' && one.stream !== '+'))
		if (!granted.some((one) => isOf(each, one))) await client.call('readings.read', { ...each, after: 0, limit: 1 });
};

/** A stream is there from its first reading on: until then the service tells it from one that is not granted to nobody. */
const nothingYet = ({ application, device, stream }: StreamName): Problem =>
	new Problem(
		'not-granted',
		`${application}/${device}/${stream} stands for nothing: no device has sent to such a stream yet, or no grant of yours covers one. --follow waits.`,
	);

const isWild = ({ device, stream }: StreamName): boolean => device === '+' || stream === '+';

const isOf = (wanted: StreamName, name: StreamName): boolean =>
	wanted.application === name.application &&
	(wanted.device === '+' || wanted.device === name.device) &&
	(wanted.stream === '+' || wanted.stream === name.stream);
