import { setTimeout as sleep } from 'node:timers/promises';
import { mayPass, type Milliseconds, Problem, seconds } from '@keyward/core';
import type { RowView } from '@keyward/contract';
import { readCursor } from '@keyward/contract/cursor';
import type { StreamName } from '@keyward/core/port';
import { readEvents } from './event-stream.ts';
import { bodyOf, exchange, problemOf, type Route } from './exchange.ts';

/** Three heartbeats of the service: a connection quieter than this is dead. */
const SILENCE: Milliseconds = seconds(45);
const FIRST_PAUSE: Milliseconds = 250;
const LONGEST_PAUSE: Milliseconds = seconds(15);

const pathOf = ({ application, device, stream }: StreamName): string =>
	`/v1/readings/${[application, device, stream].map(encodeURIComponent).join('/')}`;

const readingOf = (data: string): RowView => {
	try {
		return JSON.parse(data) as RowView;
	} catch (error) {
		throw new Problem('service-not-trusted', 'The service sent a reading that is not JSON.', { cause: error });
	}
};

/** Throws `Problem('service-not-trusted')`. */
const positionOf = (cursor: string): number => {
	const found = readCursor(cursor);
	if (found === null) throw new Problem('service-not-trusted', 'The service sent a reading with a malformed cursor.');
	return found.position;
};

/** Readings of one connection. Returns when it breaks off; throws what the service says when access ends. */
async function* followOnce(
	route: Route,
	name: StreamName,
	after: string,
	signal: AbortSignal,
	onReached: () => void,
): AsyncGenerator<RowView> {
	const what = {
		method: 'GET',
		path: `${pathOf(name)}?after=${encodeURIComponent(after)}`,
		accept: 'text/event-stream',
	} as const;
	const response = await exchange({ ...route, options: { ...route.options, timeout: SILENCE } }, what, signal);
	if (response.statusCode !== 200) await bodyOf(response);
	onReached();
	response.setEncoding('utf8');
	try {
		for await (const event of readEvents(response as AsyncIterable<string>)) {
			if (event.type === 'end')
				throw problemOf(event.data, new Problem('internal', 'The service ended the stream without a reason.'));
			if (event.type === 'message') yield readingOf(event.data);
		}
	} catch (error) {
		if (error instanceof Problem) throw error;
		// Broken off, or silent for too long: the caller resumes.
	} finally {
		response.destroy();
	}
}

/**
 * Readings after a cursor, and then as they come, over as many connections as it takes: each resumes where the last broke
 * off, so that every reading is given once and in order. Ends when `signal` aborts. Throws when the site cannot be
 * reached at first, when access ends, and `cursor-outdated` when the site was restored from a backup meanwhile.
 */
export async function* follow(
	route: Route,
	name: StreamName,
	after: string,
	signal: AbortSignal,
): AsyncGenerator<RowView> {
	let last = after;
	let reached = false;
	let pause = FIRST_PAUSE;
	while (!signal.aborted) {
		try {
			const once = followOnce(route, name, last, signal, () => {
				reached = true;
			});
			for await (const reading of once) {
				pause = FIRST_PAUSE;
				// Of one generation: the service refuses a cursor of another.
				if (positionOf(reading.cursor) <= positionOf(last)) continue;
				last = reading.cursor;
				yield reading;
			}
		} catch (error) {
			if (signal.aborted) return;
			if (!reached || !(error instanceof Problem) || !mayPass(error.code)) throw error;
		}
		await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
		pause = Math.min(pause * 2, LONGEST_PAUSE);
	}
}
