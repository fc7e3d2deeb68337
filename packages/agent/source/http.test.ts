import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { take } from '@keyward/testing/agent/source-reading';
import { until } from '@keyward/testing/agent/until';
import { http, type HttpOptions } from './http.ts';
import { parsePick } from './pick.ts';

/** An instrument with a page, and how often it was asked. */
const instrument = async (t: TestContext, serve: RequestListener): Promise<URL> => {
	const server = createServer(serve).listen(0, '127.0.0.1');
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	await once(server, 'listening');
	return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/data.json?key=hidden`);
};

const start = (t: TestContext, url: URL, map: Readonly<Record<string, string>>, more: Partial<HttpOptions> = {}) => {
	const reading = take(
		http({
			url,
			headers: {},
			streams: Object.fromEntries(Object.entries(map).map(([stream, how]) => [stream, { pick: parsePick(how) }])),
			every: 20,
			timeout: 60_000,
			clock: { now: () => Date.now() },
			...more,
		}),
	);
	t.after(() => reading.stop());
	return reading;
};

test('figures of a document, by path and by expression, with the headers that were given', async (t) => {
	const asked: string[] = [];
	const url = await instrument(t, (request, response) => {
		asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
		response.end('{"sensors":[{"type":"T","value":"21.5"},{"type":"H","value":45}],"text":"P=1013.25 hPa"}');
	});
	const map = { air: '$.sensors[0].value', humid: '$.sensors[1].value', pressure: '/P=([0-9.]+)/' };
	const reading = start(t, url, map, { headers: { authorization: 'Bearer word' } });
	await reading.reach(6);
	assert.deepEqual(
		reading
			.samples()
			.slice(0, 3)
			.map(({ stream, value }) => [stream, value]),
		[
			['air', 21.5],
			['humid', 45],
			['pressure', 1013.25],
		],
	);
	assert.deepEqual(reading.problems(), []);
	assert.equal(asked[0], 'GET /data.json?key=hidden Bearer word');
});

test('a document that does not change is one reading where it says its time', async (t) => {
	let count = 0;
	const url = await instrument(t, (_request, response) => {
		count += 1;
		// Milliseconds, then a text, of the same moments.
		const time = count < 5 ? 1_795_341_600_000 : count < 10 ? '2026-11-22T10:00:10Z' : 1_795_341_620;
		response.end(JSON.stringify({ time: count === 7 ? 'soon' : time, value: 20 }));
	});
	const reading = start(t, url, { air: '$.value' }, { time: parsePick('text:$.time') });
	await until('asked often', () => count > 12);
	assert.deepEqual(
		reading.samples().map(({ time }) => time),
		[1_795_341_600_000, 1_795_341_610_000, 1_795_341_620_000],
	);
	assert.match(reading.problems()[0]?.detail ?? '', /the time: "soon" is not a time/);
});

test('no answer, a late, cut, endless, foreign or redirected one is no reading, and the next is', async (t) => {
	const faults: [RequestListener, string, RegExp][] = [
		[
			(_, response) => void response.writeHead(503).end('{"v":1}'),
			'source-unavailable',
			/data\.json: it answers with status 503/,
		],
		[(_, response) => void response.writeHead(302, { location: '/other' }).end(), 'source-unavailable', /status 302/],
		[(_, response) => void response.destroy(), 'source-unavailable', /no answer \(ECONNRESET\)/],
		[
			(_, response) =>
				void response.writeHead(200, { 'content-length': '100' }).write('{"v":1', () => response.destroy()),
			'source-unavailable',
			/no answer/,
		],
		[(_, response) => void response.write('{"v":'), 'source-unavailable', /no whole answer within 1500 ms/],
		[(_, response) => void response.end('x'.repeat(300_000)), 'source-malformed', /more than 262144 bytes/],
		[(_, response) => void response.end(Uint8Array.of(0xff)), 'source-malformed', /not UTF-8/],
		[(_, response) => void response.end('<html>busy</html>'), 'source-malformed', /is no JSON document/],
		[(_, response) => void response.end('{"w":1}'), 'source-malformed', /v: there is no \$\.v/],
	];
	let fault: RequestListener | null = null;
	const url = await instrument(t, (request, response) => {
		const now = fault;
		fault = null;
		if (now === null) response.end('{"v":7}');
		else now(request, response);
	});
	const reading = start(t, url, { v: '$.v' }, { timeout: 1500 });
	await reading.reach(1);
	for (const [serve, code, detail] of faults) {
		const before = reading.samples().length;
		fault = serve;
		await until(String(detail), () => reading.problems().some((one) => one.code === code && detail.test(one.detail)));
		await reading.reach(before + 1);
	}
	assert(reading.samples().every(({ value }) => value === 7));
	// What follows the path is often a key.
	assert(!reading.problems().some(({ detail }) => detail.includes('hidden')));

	const nobody = start(t, new URL('http://127.0.0.1:1/'), { v: '$.v' });
	await until('said', () => nobody.problems().length > 0);
	assert.match(nobody.problems()[0]?.detail ?? '', /no answer \(ECONNREFUSED\)/);
	assert.throws(() => start(t, new URL('ftp://127.0.0.1/'), {}), { detail: /name an http or https address/ });
});
