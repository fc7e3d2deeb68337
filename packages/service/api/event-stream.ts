import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type Milliseconds, seconds } from '@keyward/core';
import type { RowView } from '@keyward/contract';
import type { Failure } from '../http/failure.ts';

const HEARTBEAT: Milliseconds = seconds(15);

const eventOf = (reading: RowView): string => `id: ${reading.cursor}\ndata: ${JSON.stringify(reading)}\n\n`;

/**
 * Sends readings as server-sent events (WHATWG HTML §9.2) until the pages end, fail, or the peer goes.
 *
 * The next page is asked for only when the peer has taken the last: a slow reader lags and costs one page of memory,
 * never a queue (a flood of slow readers must not sink the service, CR 7.1). A failure is told as the event `end`.
 * `signal` must abort when the response closes.
 */
export const sendEvents = async (
	response: ServerResponse,
	pages: AsyncIterable<readonly RowView[]>,
	signal: AbortSignal,
	failureOf: (error: unknown) => Failure,
	heartbeat: Milliseconds = HEARTBEAT,
): Promise<void> => {
	response.writeHead(200, {
		'content-type': 'text/event-stream; charset=utf-8',
		'cache-control': 'no-store',
		'x-content-type-options': 'nosniff',
		'x-accel-buffering': 'no',
		connection: 'close',
	});
	response.flushHeaders();
	// A service that stops does not wait for the next page.
	signal.addEventListener('abort', () => response.end(), { once: true });
	const beat = setInterval(() => {
		if (!response.writableNeedDrain) response.write(':\n\n');
	}, heartbeat);
	try {
		for await (const page of pages) {
			if (signal.aborted) break;
			if (page.length === 0) continue;
			if (!response.write(page.map(eventOf).join(''))) await once(response, 'drain', { signal });
		}
	} catch (error) {
		if (!signal.aborted) {
			const { code, detail } = failureOf(error);
			response.write(`event: end\ndata: ${JSON.stringify({ code, detail })}\n\n`);
		}
	} finally {
		clearInterval(beat);
		response.end();
	}
};
