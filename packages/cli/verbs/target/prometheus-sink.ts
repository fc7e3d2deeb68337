import { once } from 'node:events';
import { Problem } from '@keyward/core';
import { topicOf } from '@keyward/core/device';
import { prometheusText, type StreamReading } from '@keyward/core/export';
import { writeDurably } from '@keyward/custody';
import type { Sink } from './sink.ts';

const { createServer } = process.getBuiltinModule('node:http');

const promise = 'the newest reading of each stream is shown; nothing is counted';

const openNewest = () => {
	const newest = new Map<string, StreamReading>();
	return {
		take: (readings: readonly StreamReading[]): void => {
			for (const one of readings)
				// A reading that came late is not the newest.
				if (one.time >= (newest.get(topicOf(one))?.time ?? Number.NEGATIVE_INFINITY)) newest.set(topicOf(one), one);
		},
		text: (): string => prometheusText(newest.values()),
	};
};

/** A file for the textfile collector of Prometheus' node exporter, whole at every moment; others may read it, as the exporter must. */
export const openPrometheusFile = (path: string): Sink => {
	const newest = openNewest();
	return {
		promise,
		put: async (readings) => {
			newest.take(readings);
			await writeDurably(path, newest.text(), 'replace', 0o644).catch((cause: unknown) => {
				throw new Problem('target-unavailable', `${path} cannot be written: ${String(cause)}`, { cause });
			});
			return 0;
		},
		close: async () => undefined,
	};
};

/** Listens for Prometheus on this machine: without a certificate, nobody else may ask. */
export const openPrometheusListener = async (url: URL): Promise<Sink> => {
	const host = url.hostname.replace(/^\[|\]$/g, '');
	if (host !== '127.0.0.1' && host !== '::1')
		throw new Problem(
			'request-malformed',
			`${url.href} would show readings to everybody who reaches this machine: listen on 127.0.0.1.`,
		);
	const newest = openNewest();
	const server = createServer((request, response) => {
		const found = request.method === 'GET' && request.url === url.pathname;
		response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
		response.end(found ? newest.text() : 'Nothing is here.\n');
	});
	server.listen(Number(url.port), host);
	await once(server, 'listening').catch((cause: unknown) => {
		throw new Problem('target-unavailable', `${url.host} cannot be listened on: ${String(cause)}`, { cause });
	});
	return {
		promise,
		put: async (readings) => {
			newest.take(readings);
			return 0;
		},
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
};
