import assert from 'node:assert/strict';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Problem } from '@keyward/core';
import { createLog } from '../../log/log.ts';
import { alertKinds } from '../../site/site-file.ts';
import { type AlertMessage, type Condition, createAlerts } from './alerts.ts';
import { openWebhook } from './webhook.ts';

interface Delivery {
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
	readonly message: AlertMessage;
}

/** A receiver that takes alerts, or refuses as it is told. */
const openReceiver = async (t: TestContext) => {
	const receiver = { status: 200, headers: {} as Record<string, string>, deliveries: [] as Delivery[], refused: 0 };
	let wake = (): void => {};
	const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		let body = '';
		for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) body += part;
		if (receiver.status === 200)
			receiver.deliveries.push({ headers: request.headers, body, message: JSON.parse(body) as AlertMessage });
		else receiver.refused++;
		response.writeHead(receiver.status, receiver.headers).end('thank you');
		wake();
	};
	const server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return Object.assign(receiver, {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
		/** Resolves when the condition holds; throws when it does not in time. */
		until: async (holds: () => boolean): Promise<void> => {
			const late = AbortSignal.timeout(120_000);
			while (!holds()) {
				if (late.aborted) throw new Error(`did not come: ${JSON.stringify(receiver)}`);
				await new Promise<void>((resolve) => {
					wake = resolve;
					setTimeout(resolve, 20);
				});
			}
		},
	});
};

const open = async (t: TestContext, events = [...alertKinds]) => {
	const receiver = await openReceiver(t);
	const folder = await mkdtemp(join(tmpdir(), 'keyward-alerts-'));
	const secret = randomBytes(32).toString('hex');
	const secretFile = join(folder, 'secret');
	await writeFile(secretFile, `${secret}\n`, { mode: 0o600 });
	const lines: string[] = [];
	const alerts = createAlerts({
		site: 'plant.example',
		events,
		post: await openWebhook({ url: receiver.url, secretFile }),
		clock: { now: () => Date.now() },
		log: createLog('debug', (line) => lines.push(line)),
		backOff: { first: 20, most: 50 },
	});
	t.after(async () => {
		await alerts.stop();
		await rm(folder, { recursive: true, force: true });
	});
	return { alerts, receiver, secret, secretFile, lines };
};

const short: Condition = { kind: 'disk-short', subject: '/data', text: '12 MiB are free: make room.' };
const silent = (subject: string): Condition => ({ kind: 'device-silent', subject, text: `${subject} is silent.` });
const told = ({ deliveries }: { deliveries: readonly Delivery[] }): string[] =>
	deliveries.map(({ message: { state, subject } }) => `${state} ${subject}`);

test('what stands is told once, and once more when it is over, under one id', async (t) => {
	const { alerts, receiver } = await open(t);
	for (let i = 0; i < 3; i++) alerts.stand(['disk-short'], [short]);
	await receiver.until(() => receiver.deliveries.length === 1);
	// Another kind that is looked at does not resolve it.
	alerts.stand(['device-silent'], []);
	alerts.stand(['disk-short'], []);
	alerts.stand(['disk-short'], []);
	await receiver.until(() => receiver.deliveries.length === 2);
	assert.deepEqual(told(receiver), ['raised /data', 'resolved /data']);
	const [raised, resolved] = receiver.deliveries.map(({ message }) => message);
	assert.ok(raised && resolved);
	assert.equal(raised.id, resolved.id);
	assert.equal(raised.since, resolved.since);
	assert.deepEqual([raised.site, raised.event, raised.text], ['plant.example', 'disk-short', short.text]);
	await receiver.until(() => alerts.waiting() === 0);
});

test('the signature covers time and body, and no other key makes it', async (t) => {
	const { alerts, receiver, secret, secretFile } = await open(t);
	const verify = ({ headers, body }: Delivery, key: string): boolean => {
		const made = createHmac('sha256', key)
			.update(`${String(headers['keyward-timestamp'])}.${body}`)
			.digest();
		return timingSafeEqual(made, Buffer.from(String(headers['keyward-signature']).replace('sha256=', ''), 'hex'));
	};
	assert.deepEqual(await alerts.test(), { delivered: true, detail: 'The webhook took the test alert.' });
	const [first] = receiver.deliveries;
	assert.ok(first);
	assert.ok(verify(first, secret));
	assert.ok(!verify({ ...first, body: first.body.replace('test', 'tost') }, secret));
	assert.ok(!verify({ ...first, headers: { ...first.headers, 'keyward-timestamp': '1' } }, secret));
	assert.ok(Math.abs(Number(first.headers['keyward-timestamp']) - Date.now() / 1000) < 10);
	assert.equal(first.message.state, 'test');
	// A new key takes effect at once.
	const other = randomBytes(32).toString('hex');
	await writeFile(secretFile, other);
	await alerts.test();
	const [, second] = receiver.deliveries;
	assert.ok(second && verify(second, other) && !verify(second, secret));
});

test('a receiver that is down gets everything once it is up again, in order', async (t) => {
	const { alerts, receiver, lines, secret } = await open(t);
	receiver.status = 503;
	alerts.stand(['disk-short'], [short]);
	alerts.stand(['device-silent'], [silent('hall/a'), silent('hall/b')]);
	await receiver.until(() => receiver.refused >= 3);
	assert.equal(alerts.waiting(), 3);
	assert.deepEqual(await alerts.test(), {
		delivered: false,
		detail: 'The webhook answered with status 503: look at its log.',
	});
	receiver.status = 200;
	await receiver.until(() => receiver.deliveries.length === 3);
	assert.deepEqual(told(receiver), ['raised /data', 'raised hall/a', 'raised hall/b']);
	assert.ok(lines.some((line) => line.includes('an alert waits')));
	assert.ok(!lines.join('').includes(secret));
});

test('what came and went while the receiver was down is not told, but for the one under way', async (t) => {
	const { alerts, receiver } = await open(t);
	receiver.status = 500;
	alerts.stand(['disk-short'], [short]);
	await receiver.until(() => receiver.refused > 0);
	alerts.stand(['device-silent'], [silent('hall/a')]);
	alerts.stand(['device-silent', 'disk-short'], []);
	receiver.status = 200;
	await receiver.until(() => alerts.waiting() === 0);
	assert.deepEqual(told(receiver), ['raised /data', 'resolved /data']);
});

test('ten thousand alerts while the receiver is down: a thousand wait, the rest is dropped and logged', async (t) => {
	const { alerts, receiver, lines } = await open(t);
	receiver.status = 500;
	alerts.stand(
		['device-silent'],
		Array.from({ length: 10_000 }, (_, i) => silent(`hall/${i}`)),
	);
	assert.equal(alerts.waiting(), 1000);
	assert.equal(alerts.standing().get('device-silent'), 10_000);
	assert.ok(lines.filter((line) => line.includes('was dropped')).length >= 9000);
});

test('events that nobody asked for are logged and not sent', async (t) => {
	const { alerts, receiver, lines } = await open(t, ['ledger-broken']);
	alerts.stand(
		['disk-short', 'ledger-broken'],
		[short, { kind: 'ledger-broken', subject: 'ledger of hall', text: 'broken' }],
	);
	await receiver.until(() => alerts.waiting() === 0);
	assert.deepEqual(told(receiver), ['raised ledger of hall']);
	assert.ok(lines.some((line) => line.includes('/data')));
});

test('a redirect is not followed: the alert does not go where an answer says', async (t) => {
	const { alerts, receiver } = await open(t);
	const elsewhere = await openReceiver(t);
	receiver.status = 307;
	receiver.headers = { location: elsewhere.url };
	assert.match((await alerts.test()).detail, /status 307/);
	assert.equal(elsewhere.deliveries.length, 0);
});

test('nobody there, a short key, and a key that others may read are told plainly', async (t) => {
	const { secretFile, receiver } = await open(t);
	const gone = await openWebhook({ url: 'http://127.0.0.1:9/', secretFile });
	await assert.rejects(gone('{}', Date.now()), (error) => {
		assert.ok(error instanceof Problem);
		assert.equal(error.code, 'alert-undelivered');
		assert.match(error.detail, /ECONNREFUSED|bad port/);
		return true;
	});
	const isKeyFile = (error: unknown): boolean => error instanceof Problem && error.code === 'key-file';
	await chmod(secretFile, 0o644);
	await assert.rejects(openWebhook({ url: receiver.url, secretFile }), isKeyFile);
	await chmod(secretFile, 0o600);
	await writeFile(secretFile, 'short');
	await assert.rejects(openWebhook({ url: receiver.url, secretFile }), isKeyFile);
});
