import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { clientIdentifierOf, openBridge } from '../../../../scripts/conformance-bridge.ts';
import { needs } from '@keyward/testing/debian';
import { startSite } from '@keyward/testing/service/site';
import { hex } from '@keyward/testing/conformance/bytes';
import { connect, pingreq, property, publish } from '@keyward/testing/conformance/packet';

test('the client identifier of a CONNECT is read from its first bytes, however few have come', () => {
	for (const [bytes, id] of [
		[connect(5, { clientId: 'one', properties: [property.userProperty('a', 'b'.repeat(200))] }), 'one'],
		[connect(4, { clientId: 'zwei ✓', userName: 'u' }), 'zwei ✓'],
		[connect(4, { name: 'MQIsdp', level: 3, clientId: 'old' }), 'old'],
		[connect(5, { clientId: '' }), ''],
	] as const) {
		assert.equal(clientIdentifierOf(bytes), id);
		const needed = bytes.findIndex((_, length) => clientIdentifierOf(bytes.subarray(0, length)) !== null);
		assert(needed === -1 || needed > 14);
	}
	assert.equal(clientIdentifierOf(pingreq), '');
	assert.equal(clientIdentifierOf(Buffer.alloc(0)), null);
});

test('the bridge passes bytes on unchanged, each client as its own identity', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const [one, two] = [await site.commissionDevice('hall', 'probe-1'), await site.commissionDevice('hall', 'probe-2')];
	const desk = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const heard: string[] = [];
	const folders = [one, two, desk].map(({ identity }) => identity.folder);
	const bridge = await openBridge(0, folders, (text) => heard.push(text));
	t.after(() => bridge.close());

	/** What comes for these bytes until the other side ends, or so many bytes have come. */
	const exchange = async (input: Uint8Array, until = Number.POSITIVE_INFINITY): Promise<string> => {
		const socket = connectTcp(bridge.port, '127.0.0.1');
		t.after(() => socket.destroy());
		const came: Buffer[] = [];
		let size = 0;
		const done = Promise.withResolvers<void>();
		socket.on('data', (chunk: Buffer) => {
			came.push(chunk);
			if ((size += chunk.length) >= until) done.resolve();
		});
		socket.on('close', () => done.resolve());
		socket.write(input);
		await done.promise;
		return Buffer.concat(came).toString('hex');
	};

	await t.test('MQTT 3.1.1 and its end', async () => {
		assert.equal(await exchange(Buffer.concat([connect(4, { clientId: 'a' }), pingreq, hex('e0 00')])), '20020000d000');
		// Not MQTT at all, and one that only looks whether somebody is there.
		assert.equal(await exchange(hex('00 00')), '');
		const quiet = connectTcp(bridge.port, '127.0.0.1');
		quiet.end();
		quiet.resume();
		await once(quiet, 'close');
	});

	await t.test('two clients at once, and none for a fourth', async () => {
		const refused = publish(5, 'hall/probe-1/dose-rate', 'qos 1');
		const [first, second, third] = await Promise.all([
			exchange(Buffer.concat([connect(4, { clientId: 'a' }), pingreq]), 6),
			exchange(Buffer.concat([connect(4, { clientId: 'b' }), pingreq]), 6),
			exchange(Buffer.concat([connect(5, { clientId: 'c' }), refused]), 40),
		]);
		assert.deepEqual([first, second], ['20020000d000', '20020000d000']);
		assert.match(third, /^20/);
		assert.equal(await exchange(connect(4, { clientId: 'd' })), '');
		assert.match(heard.join(), /no identity is left for the client "d"/);
	});

	await t.test('the command, and Mosquitto’s clients through it', async (u) => {
		if (!needs(u, 'mosquitto_pub')) return;
		const script = new URL('../../../../scripts/conformance-bridge.ts', import.meta.url).pathname;
		const args = [script, '--port', '0', '--as', one.identity.folder, '--as', desk.identity.folder];
		const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
		u.after(() => child.kill());
		const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
		const port = /:(\d+) /.exec(line)?.[1] ?? '';
		const time = Math.floor(Date.now() / 1000) - 1000;
		const reading = `[{"n":"probe-1/dose-rate","u":"Sv/h","t":${time},"v":1e-7}]`;
		const run = promisify(execFile);
		const common = ['-h', '127.0.0.1', '-p', port, '-t', 'hall/probe-1/dose-rate', '-q', '1'];
		for (const version of ['mqttv311', 'mqttv5']) {
			await run('mosquitto_pub', [...common, '-V', version, '-i', 'pub', '-m', reading]);
		}
		const subscriber = spawn('mosquitto_sub', [...common, '-V', 'mqttv5', '-i', 'sub', '-C', '1']);
		u.after(() => subscriber.kill());
		let said = '';
		subscriber.stdout.on('data', (chunk: Buffer) => (said += String(chunk)));
		const closed = once(subscriber, 'close');
		// It does not say when it has subscribed: readings come until it has heard one.
		for (let later = time + 1; said === ''; later++) {
			const message = reading.replace(String(time), String(later));
			await run('mosquitto_pub', [...common, '-V', 'mqttv5', '-i', 'pub', '-m', message]);
		}
		await closed;
		assert.match(said, /"n":"probe-1\/dose-rate"/);
	});

	await t.test('misuse is told', async () => {
		const script = new URL('../../../../scripts/conformance-bridge.ts', import.meta.url).pathname;
		await assert.rejects(promisify(execFile)(process.execPath, [script]), { code: 2 });
	});
});
