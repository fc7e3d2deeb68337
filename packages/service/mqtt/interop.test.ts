import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import mqtt, { ErrorWithReasonCode, type IDisconnectPacket } from 'mqtt';
import { commandPath, needs } from '@keyward/testing/debian';
import { startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';

// Programs that nobody here wrote, with a certificate of Keyward.

let moment = Math.floor(Date.now() / 1000) * 1000 - 100_000_000;
const nextTime = (): number => (moment += 1000);

const packOf = (device: string, time: number, unit = 'Sv/h'): string =>
	JSON.stringify([{ n: `${device}/dose-rate`, u: unit, t: time / 1000, v: 1.5e-7 }]);

const common = (
	site: TestSite,
	{ certificateFile, keyFile, serviceCaFile }: TestIdentity,
	version: string,
): string[] => [
	...['-h', 'localhost', '-p', String(site.mqttsPort), '-V', version, '-i', 'client', '--tls-version', 'tlsv1.3'],
	...['--cafile', serviceCaFile, '--cert', certificateFile, '--key', keyFile],
];

/** Runs a program to its end; gives its exit code and everything it said. */
const run = (program: string, args: readonly string[], input?: string): Promise<{ code: number; said: string }> =>
	new Promise((resolve) => {
		const child = execFile(commandPath(program) ?? program, args, { timeout: 15_000 }, (error, out, err) => {
			resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, said: out + err });
		});
		child.stdin?.end(input ?? '');
	});

/** mosquitto_sub, once it is subscribed; ended with the test. */
const listen = async (
	t: TestContext,
	args: readonly string[],
): Promise<{ child: ChildProcess; line(): Promise<string> }> => {
	// A program that writes into a pipe keeps its lines for itself until it has many, unless it is told otherwise.
	const command = ['-oL', commandPath('mosquitto_sub') ?? 'mosquitto_sub', ...args, '-d'];
	const child = spawn('stdbuf', command, { stdio: ['ignore', 'pipe', 'inherit'] });
	t.after(() => child.kill());
	const { stdout } = child;
	const lines: string[] = [];
	let wake = (): void => {};
	createInterface({ input: stdout }).on('line', (line) => {
		lines.push(line);
		wake();
	});
	const find = async (pattern: RegExp): Promise<string> => {
		const late = AbortSignal.timeout(120_000);
		for (;;) {
			const at = lines.findIndex((line) => pattern.test(line));
			if (at >= 0) return lines.splice(at, 1)[0] ?? '';
			if (late.aborted) throw new Error(`${String(pattern)} did not come: ${lines.join('\n')}`);
			await new Promise<void>((resolve) => {
				wake = resolve;
				late.addEventListener('abort', () => resolve(), { once: true });
			});
		}
	};
	await find(/^Subscribed/);
	return { child, line: () => find(/^\[/) };
};

test('other programs', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	const desk = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const publish = (version: string, topic: string, payload: string, ...more: string[]) =>
		run('mosquitto_pub', [...common(site, probe, version), '-t', topic, '-q', '1', ...more, '-m', payload]);

	for (const version of ['5', '311']) {
		await t.test(`mosquitto_pub and mosquitto_sub, MQTT ${version}`, async (u) => {
			if (!needs(u, 'mosquitto_pub')) return;
			const subscriber = await listen(u, [...common(site, desk, version), '-t', 'hall/+/dose-rate', '-q', '1', '-R']);
			const time = nextTime();
			const published = await publish(version, 'hall/probe-1/dose-rate', packOf('probe-1', time));
			assert.deepEqual(published, { code: 0, said: '' });
			assert.deepEqual(JSON.parse(await subscriber.line()), [
				{ n: 'probe-1/dose-rate', u: 'Sv/h', t: time / 1000, v: 1.5e-7 },
			]);
			// QoS 0, and many from one connection.
			const times = Array.from({ length: 20 }, nextTime);
			const lines = times.map((one) => packOf('probe-1', one)).join('\n');
			const many = await run(
				'mosquitto_pub',
				[...common(site, probe, version), '-t', 'hall/probe-1/dose-rate', '-q', '1', '-l'],
				lines,
			);
			assert.equal(many.code, 0, many.said);
			for (const one of times) assert.equal((JSON.parse(await subscriber.line()) as [{ t: number }])[0].t * 1000, one);
		});

		await t.test(`mosquitto, MQTT ${version}: what is refused is not taken for done`, async (u) => {
			if (!needs(u, 'mosquitto_pub')) return;
			const refused = await publish(version, 'hall/probe-1/dose-rate', packOf('probe-1', nextTime(), 'Cel'), '-d');
			if (version === '5') assert.match(refused.said, /PUBACK .*RC:153/);
			else assert.doesNotMatch(refused.said, /PUBACK/);
			const { said } = await run('mosquitto_sub', [
				...common(site, desk, version),
				'-t',
				'hall/probe-1/state',
				'-q',
				'1',
				'-d',
				'-W',
				'3',
			]);
			assert.match(
				said,
				version === '5'
					? /Subscribed \(mid: 1\): 135|not authori[sz]ed/i
					: /Subscribed \(mid: 1\): 128|denied|refused/i,
			);
		});
	}

	await t.test('mosquitto_pub without a certificate, and with one of a foreign CA, gets nowhere', async (u) => {
		if (!needs(u, 'mosquitto_pub')) return;
		const [, ...args] = common(site, probe, '5');
		const bare = args.slice(0, args.indexOf('--cert'));
		const { code } = await run('mosquitto_pub', [
			'-h',
			...bare,
			'-t',
			'hall/probe-1/dose-rate',
			'-q',
			'1',
			'-m',
			packOf('probe-1', nextTime()),
		]);
		assert.notEqual(code, 0);
	});

	await t.test('openssl s_client', async (u) => {
		if (!needs(u, 'openssl')) return;
		const connect = (...more: string[]): string => {
			const { stdout, stderr } = spawnSync(
				'openssl',
				[
					...[
						's_client',
						'-connect',
						`localhost:${site.mqttsPort}`,
						'-servername',
						'localhost',
						'-verify_return_error',
					],
					...['-CAfile', probe.serviceCaFile, '-cert', probe.certificateFile, '-key', probe.keyFile, ...more],
				],
				{ input: '', encoding: 'utf8', timeout: 10_000 },
			);
			return stdout + stderr;
		};
		assert.match(connect('-tls1_2'), /alert protocol version/);
		assert.match(connect('-tls1_3'), /New, TLSv1\.3, Cipher is TLS_AES_128_GCM_SHA256/);
		assert.match(connect('-tls1_3', '-ciphersuites', 'TLS_AES_128_CCM_SHA256'), /handshake failure/);
		assert.match(connect('-tls1_3', '-groups', 'ffdhe2048'), /handshake failure/);
	});

	await t.test('MQTT.js with MQTT 5 sees the reason of a refusal, and readings as they come', async (u) => {
		const options = { protocolVersion: 5, clean: true, reconnectPeriod: 0, servername: 'localhost' } as const;
		const client = await mqtt.connectAsync(site.mqttUrl, { ...options, ...probe.tls });
		const reader = await mqtt.connectAsync(site.mqttUrl, { ...options, ...desk.tls });
		u.after(async () => {
			await client.endAsync(true);
			await reader.endAsync(true);
		});
		const said = (code: number) => (error: unknown) => error instanceof ErrorWithReasonCode && error.code === code;
		await assert.rejects(
			client.publishAsync('hall/probe-1/dose-rate', packOf('probe-1', nextTime(), 'Cel'), { qos: 1 }),
			said(0x99),
		);
		await assert.rejects(
			client.publishAsync('hall/probe-2/dose-rate', packOf('probe-2', nextTime()), { qos: 1 }),
			said(0x87),
		);
		await assert.rejects(client.publishAsync('hall/probe-1/dose-rate', '{', { qos: 1 }), said(0x99));
		await reader.subscribeAsync('hall/#', { qos: 1, rh: 2 });
		const time = nextTime();
		const message = new Promise<[string, Buffer]>((resolve) => {
			reader.once('message', (about, bytes) => resolve([about, bytes]));
		});
		await client.publishAsync('hall/probe-1/dose-rate', packOf('probe-1', time), { qos: 1 });
		const [topic, payload] = await message;
		assert.equal(topic, 'hall/probe-1/dose-rate');
		assert.equal((JSON.parse(String(payload)) as [{ t: number }])[0].t * 1000, time);
		// The end of a right, as the client hears it.
		const [grant] = await site.ask('grant.list', {});
		const told = new Promise<IDisconnectPacket>((resolve) => reader.once('disconnect', resolve));
		await site.ask('grant.end', { id: grant?.id ?? '' });
		const { reasonCode, properties } = await told;
		assert.equal(reasonCode, 0x87);
		assert.match(properties?.reasonString ?? '', /^not-granted: /);
	});
});

test('a hybrid-only listener takes peers that offer ML-KEM and no others', { timeout: 240_000 }, async (t) => {
	const site = await startSite(t, { linkWorkers: 2, floor: 'tls1.3-pq' });
	const probe = await site.commissionDevice('hall', 'probe-1');
	const client = await mqtt.connectAsync(site.mqttUrl, { ...probe.tls, reconnectPeriod: 0 });
	await client.endAsync();
	// Debian's OpenSSL knows no ML-KEM: it is told so by the handshake, not by silence.
	if (!needs(t, 'openssl')) return;
	const { stdout, stderr } = spawnSync(
		'openssl',
		['s_client', '-connect', `localhost:${site.mqttsPort}`, '-cert', probe.certificateFile, '-key', probe.keyFile],
		{ input: '', encoding: 'utf8', timeout: 10_000 },
	);
	assert.match(stdout + stderr, /handshake failure/);
});
