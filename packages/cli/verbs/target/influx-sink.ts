import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { influxLine } from '@keyward/core/export';
import type { Sink } from './sink.ts';

const { request: plainRequest } = process.getBuiltinModule('node:http');

const PATIENCE: Milliseconds = seconds(30);
const LONGEST_REASON = 300;

/**
 * Writes to InfluxDB's HTTP interface (`/write` of 1.x, `/api/v2/write` of 2.x). A point written twice is one point, so that a page
 * sent again after a crash changes nothing.
 */
export const openInfluxSink = (url: URL, headers: Readonly<Record<string, string>>, ca: string | undefined): Sink => ({
	promise: 'each reading is one point, however often it is sent',
	put: async (readings) => {
		const body = readings.map(influxLine).join('');
		const { status, said } = await post(url, headers, ca, body);
		if (status === 204 || status === 200) return 0;
		const answered = `${url.origin}${url.pathname} answers with status ${status}: ${said}`;
		// 429 and 5xx pass; what else is refused is refused again.
		throw new Problem(status === 429 || status >= 500 ? 'target-unavailable' : 'target-refused', answered);
	},
	close: async () => undefined,
});

const post = async (
	url: URL,
	headers: Readonly<Record<string, string>>,
	ca: string | undefined,
	body: string,
): Promise<{ readonly status: number; readonly said: string }> => {
	const options = {
		method: 'POST',
		headers: { ...headers, 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) },
		signal: AbortSignal.timeout(PATIENCE),
	};
	const asked =
		url.protocol === 'https:'
			? tlsRequest(url, { ...options, ...(ca === undefined ? {} : { ca }) })
			: plainRequest(url, options);
	try {
		asked.on('error', () => {});
		asked.end(body);
		const [answer] = (await once(asked, 'response')) as [IncomingMessage];
		let said = '';
		for await (const part of answer.setEncoding('utf8') as AsyncIterable<string>)
			if (said.length < LONGEST_REASON) said += part;
		return { status: answer.statusCode ?? 0, said: said.slice(0, LONGEST_REASON).trim() };
	} catch (cause) {
		const { code, message } = cause as NodeJS.ErrnoException;
		throw new Problem('target-unavailable', `${url.origin} gives no answer (${code ?? message})`, { cause });
	} finally {
		asked.destroy();
	}
};
