import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { days } from '@keyward/core';
import { principalCertificate, siteRootCertificate } from '@keyward/core/enrol';
import {
	assembleCertificate,
	type CertificateContent,
	encodePem,
	freezeCertificate,
	readCertificate,
} from '@keyward/core/format';
import { type RunEvent, runDevice, type Source } from '@keyward/agent';
import { signerOf } from '@keyward/testing/service/key-signer';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openTls, packetBytes, readingPacket } from '@keyward/testing/service/wire';

// What an essential stream keeps when its device's certificate has ended or it is quarantined (IEC 62443-4-2 CCSC 1), and what not.

const policy = hallPolicy.replace('range: [0, 10]', 'range: [0, 10], essential: true');

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;

test('an essential stream', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, policies: [policy] });
	const counted = async (name: string): Promise<number> => (await site.ask('site.status', {})).counters[name] ?? 0;

	await t.test(
		'a quarantined device goes on with its essential stream, marked; it writes no other, gets no commands, and is shown',
		async (u) => {
			const probe = await site.commissionDevice('hall', 'probe-1');
			const first = await openSession(u, site, probe);
			await site.ask('device.quarantine', { application: 'hall', device: 'probe-1' });
			const { reasonCode } = await first.next('disconnect');
			assert.ok((reasonCode ?? 0) >= 0x80);

			const wire = await openSession(u, site, probe);
			const time = Date.now();
			wire.send(readingPacket('probe-1', 1, [{ time }]));
			assert.equal((await wire.next('puback')).reasonCode ?? 0, 0);
			wire.send(readingPacket('probe-1', 2, [{ time, unit: '/', value: true }], { stream: 'state' }));
			const refused = await wire.next('puback');
			assert.match(refused.properties?.reasonString ?? '', /^device-quarantined: .* quarantined/);
			wire.send({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'hall/probe-1/_commands', qos: 1 }] });
			assert.notEqual((await wire.next('suback')).granted[0], 1);
			assert.equal(await counted('reading-doubt-essential'), 1);
			const [posture] = await site.ask('posture', { application: 'hall' });
			const resistance = posture?.objectives.find(({ objective }) => objective === 'resistance');
			assert.ok(resistance?.weakest.every(({ requirement }) => requirement !== 'essential-function'));

			// Sent once more after the release: the same reading, whatever its mark.
			await site.ask('device.release', { application: 'hall', device: 'probe-1' });
			const released = await openSession(u, site, probe);
			released.send(readingPacket('probe-1', 1, [{ time }]));
			assert.equal((await released.next('puback')).reasonCode ?? 0, 0);
			released.send(readingPacket('probe-1', 2, [{ time, unit: '/', value: true }], { stream: 'state' }));
			assert.equal((await released.next('puback')).reasonCode ?? 0, 0);
			assert.equal(await counted('known'), 1);
		},
	);

	await t.test('the agent sends what is taken and keeps what is not, until it is', async (u) => {
		const probe = await site.commissionDevice('hall', 'probe-2');
		(await openSession(u, site, probe)).socket.destroy();
		await site.ask('device.quarantine', { application: 'hall', device: 'probe-2' });
		const before = await counted('accepted');
		const start = Date.now() - 10_000;
		const source: Source = {
			live: false,
			async *read() {
				// More of the stream that is withheld than the link has in flight at a time, before the essential one.
				for (let at = 0; at < 40; at++) yield { stream: 'state', time: start + at, value: true, unit: '/' };
				for (let at = 0; at < 3; at++) yield { stream: 'dose-rate', time: start + at, value: 1e-7, unit: 'Sv/h' };
			},
		};
		const events: RunEvent[] = [];
		const stop = new AbortController();
		const running = runDevice({
			folder: dirname(probe.certificateFile),
			source,
			clock: { now: () => Date.now() },
			signal: stop.signal,
			report: (event) => events.push(event),
			link: { longestWait: 50, withheldWait: 300, probe: null },
			untilDrained: true,
		});
		u.after(async () => {
			stop.abort();
			await running.catch(() => {});
		});
		const late = AbortSignal.timeout(120_000);
		const accepted = async (): Promise<number> => (await counted('accepted')) - before;
		while ((await accepted()) < 3 && !late.aborted) await sleep(50);
		assert.equal(await accepted(), 3);
		assert.ok(events.some((event) => event.event === 'link' && event.link.state === 'withheld'));
		await site.ask('device.release', { application: 'hall', device: 'probe-2' });
		const { accepted: all, refused, waiting } = await running;
		assert.deepEqual([all, refused, waiting], [43, {}, 0]);
	});

	await t.test('a self-made certificate that has ended is no certificate of ours', async (u) => {
		const before = await counted('not-authenticated');
		const entropy = { bytes: (count: number) => Uint8Array.from(randomBytes(count)) };
		const [by, own] = [newKey(), newKey()].map((key) => ({ key, signer: signerOf(key) }));
		assert.ok(by !== undefined && own !== undefined);
		const certify = async (content: CertificateContent): Promise<Uint8Array> => {
			const frozen = freezeCertificate(content, by.signer.publicKey);
			return assembleCertificate(frozen, by.signer.publicKey, await by.signer.sign(frozen));
		};
		const now = Date.now() - days(60);
		const root = await certify(siteRootCertificate({ publicKey: by.signer.publicKey, now, entropy }));
		const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
		const terms = { now, lifetime: days(30) };
		const leaf = await certify(principalCertificate(name, own.signer.publicKey, readCertificate(root), terms, entropy));
		const socket = await openTls(u, site.mqttsPort, {
			cert: encodePem('CERTIFICATE', leaf) + encodePem('CERTIFICATE', root),
			key: own.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
			rejectUnauthorized: false,
		});
		const answers: Buffer[] = [];
		socket.on('data', (bytes: Buffer) => void answers.push(bytes));
		socket.write(packetBytes(connectPacket(5), 5));
		if (!socket.closed) await once(socket, 'close');
		assert.deepEqual(answers, [], 'it was answered before it was known');
		const late = AbortSignal.timeout(120_000);
		const strangers = async (): Promise<number> => (await counted('not-authenticated')) - before;
		while ((await strangers()) === 0 && !late.aborted) await sleep(50);
		assert.equal(await strangers(), 1);
	});
});
