import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRemote } from '@keyward/client';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { openSession, openWire, connectPacket, readingPacket } from '@keyward/testing/service/wire';

// IEC 62443-4-2 CR 2.6, CRA Annex I Part I (2)(k): one call shuts a device out, and readers see what of it nobody may trust.

const hall = { application: 'hall' } as const;

test('a contained device is cut, revoked and retired; its commands are void, and what it sent since is marked for its readers', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	const other = await site.commissionDevice('hall', 'probe-2');
	const third = await site.commissionDevice('hall', 'probe-3');
	const desk = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const { cert: certificate, key, ca: serviceCa } = desk.tls;
	const api = connectRemote({ url: site.url, certificate, key, serviceCa });
	t.after(() => api.close());
	const keeping = { clean: false, properties: { sessionExpiryInterval: 3600 } };
	const reader = await openSession(t, site, desk, 5, keeping);
	reader.send({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic: 'hall/probe-1/dose-rate', qos: 1 }] });
	await reader.next('suback');
	reader.socket.destroy();
	const wire = await openSession(t, site, probe);
	const honest = await openSession(t, site, other);
	const now = Date.now();
	const times = [now - 30_000, now - 20_000, now - 10_000];
	// The last to come tells an earlier time than the suspected one, as who has the key may.
	for (const [index, time] of [...times, now - 25_000].entries()) {
		wire.send(readingPacket('probe-1', index + 1, [{ time }]));
		assert.equal((await wire.next('puback')).reasonCode ?? 0, 0);
	}
	honest.send(readingPacket('probe-2', 1, [{ time: now }]));
	assert.equal((await honest.next('puback')).reasonCode ?? 0, 0);
	await site.ask('command.send', { ...hall, device: 'probe-1', payload: 'open' });

	const since = now - 20_000;
	const rekey = { of: 'class', wave: 1 } as const;
	const done = await site.ask('device.contain', { ...hall, device: 'probe-1', since, reason: 'found open', rekey });
	assert.match((await wire.next('disconnect')).properties?.reasonString ?? '', /^certificate-revoked: .* contained/);
	assert.deepEqual([done.already, done.cut], [false, 1]);
	assert.deepEqual(
		done.containment.steps.map(({ step }) => step),
		['cut', 'behind', 'commands', 'epochs', 'tainted'],
	);
	assert.ok(done.containment.took !== null && done.containment.took >= 0);
	assert.deepEqual(
		done.containment.tainted.map(({ stream, after, to }) => [stream, after, to]),
		[['dose-rate', 1, 4]],
	);

	const again = await openWire(t, site, probe);
	again.send(connectPacket(5));
	assert.ok(((await again.next('connack')).reasonCode ?? 0) >= 0x80);
	const { state, certificates } = await site.ask('device.show', { ...hall, device: 'probe-1' });
	assert.equal(state, 'retired');
	assert.ok(certificates.every(({ revoked }) => revoked?.cause === 'keyCompromise'));
	const [command] = await site.ask('command.list', hall);
	assert.equal(command?.state, 'void');

	const marks = async (device: string) => {
		const name = { ...hall, device, stream: 'dose-rate' };
		const { readings } = await api.call('readings.read', { ...name, after: '0', limit: 10 });
		return readings.map(({ doubt = [] }) => doubt.includes('tainted'));
	};
	assert.deepEqual(await marks('probe-1'), [false, true, true, true]);
	assert.deepEqual(await marks('probe-2'), [false]);
	// What waited for a reader that was away comes marked.
	const back = await openSession(t, site, desk, 5, keeping);
	const marked: boolean[] = [];
	while (marked.length < 4) {
		const { payload, messageId } = await back.next('publish');
		marked.push(/"doubt":"tainted"/.test(payload.toString()));
		back.send({ cmd: 'puback', messageId: messageId ?? 0 });
	}
	assert.deepEqual(marked, [false, true, true, true]);

	// Called again, and from an earlier time on.
	const twice = await site.ask('device.contain', { ...hall, device: 'probe-1', since, reason: 'again' });
	assert.deepEqual([twice.already, twice.cut, twice.incident], [true, 0, done.incident]);
	assert.deepEqual(twice.containment, done.containment);
	const earlier = { since: now - 60_000, reason: 'earlier', rekey: {} };
	const kept = await site.ask('device.contain', { ...hall, device: 'probe-1', ...earlier });
	// What was not said again stays.
	assert.equal(kept.containment.rekey?.wave, 1);
	assert.deepEqual(await marks('probe-1'), [true, true, true, true]);
	await assert.rejects(site.ask('device.release', { ...hall, device: 'probe-1' }), { code: 'device-state' });

	// Who may share with it what opened it is asked for a new key when it next asks what there is for it.
	const [own, next] = [other, third].map(({ tls }) => {
		const client = connectRemote({ url: site.url, certificate: tls.cert, key: tls.key, serviceCa: tls.ca });
		t.after(() => client.close());
		return client;
	});
	assert(own !== undefined && next !== undefined);
	const said = { running: null, floor: 0, state: 'idle', lastError: null } as const;
	assert.equal((await own.call('update.assignment', said)).rekey, true);
	// One that takes no updates asks for that alone; it is not its turn.
	const ofKeys = { makes: [], link: 'tls1.3', failed: null } as const;
	assert.deepEqual(await next.call('key.asked', ofKeys), {});

	const shown = await site.ask('incident.show', { number: done.incident });
	assert.deepEqual(shown.rekey, { affected: 2, renewed: 0, asked: 1 });
	assert.deepEqual(
		shown.actions
			.map(({ who, operation, reason }) => [who, operation, reason])
			.filter(([, what]) => what === 'device.contain'),
		[
			['operator', 'device.contain', 'found open'],
			['operator', 'device.contain', 'again'],
			['operator', 'device.contain', 'earlier'],
		],
	);
	assert.equal(
		(await site.ask('incident.close', { number: done.incident, reason: 'recovered' })).closed?.reason,
		'recovered',
	);
	await assert.rejects(site.ask('incident.close', { number: done.incident, reason: 'twice' }), {
		code: 'request-malformed',
	});
	assert.deepEqual(await site.ask('incident.list', { open: true }), []);

	// It survives a restart; the ledger covers it; commissioned again, what is new is not marked.
	await site.restart();
	assert.deepEqual(await marks('probe-1'), [true, true, true, true]);
	// Nobody takes the place of the one that was asked before.
	assert.deepEqual(await next.call('key.asked', ofKeys), {});
	assert.deepEqual(await own.call('key.asked', ofKeys), { rekey: true });
	assert.ok((await site.ask('ledger.verify', {})).every(({ ok }) => ok));
	const returned = await openSession(t, site, await site.commissionDevice('hall', 'probe-1'));
	returned.send(readingPacket('probe-1', 1, [{ time: Date.now() }]));
	assert.equal((await returned.next('puback')).reasonCode ?? 0, 0);
	assert.deepEqual(await marks('probe-1'), [true, true, true, true, false]);
	// Contained once more: another device under the same name, and another incident.
	const more = await site.ask('device.contain', {
		...hall,
		device: 'probe-1',
		since: Date.now(),
		reason: 'again open',
	});
	assert.deepEqual([more.already, more.incident === done.incident], [false, false]);
});

test('what contains nothing, and what is contained last', async (t) => {
	// Its stream is essential, for the second.
	const policies = [hallPolicy.replace('range: [0, 10]', 'range: [0, 10], essential: true')];
	const site = await startSite(t, { linkWorkers: 2, policies });

	await t.test('what cannot be contained is said', async () => {
		const reason = 'found open';
		await assert.rejects(site.ask('device.contain', { ...hall, device: 'absent', since: 0, reason }), {
			code: 'device-unknown',
		});
		await site.commissionDevice('hall', 'probe-1');
		const later = Date.now() + 60_000;
		await assert.rejects(site.ask('device.contain', { ...hall, device: 'probe-1', since: later, reason }), {
			code: 'request-malformed',
		});
		await assert.rejects(site.ask('incident.show', { number: 7 }), { code: 'no-such-thing' });
		assert.deepEqual(await site.ask('incident.list', {}), []);

		// One that never had a certificate has nothing to be cut off from: that it was quick is no evidence.
		const evidence = async () => {
			const [posture] = await site.ask('posture', { ...hall, level: 2 });
			const resistance = posture?.objectives.find(({ objective }) => objective === 'resistance');
			return resistance?.weakest.find(({ requirement }) => requirement === 'containment-time')?.reason;
		};
		await site.ask('device.expect', { ...hall, device: 'probe-2' });
		await site.ask('device.contain', { ...hall, device: 'probe-2', since: 0, reason });
		assert.equal(await evidence(), 'no evidence');
		// Asked twice at once, it is done once.
		const both = await Promise.all(
			[1, 2].map(() => site.ask('device.contain', { ...hall, device: 'probe-1', since: 0, reason })),
		);
		assert.deepEqual(
			both.map(({ already }) => already),
			[false, true],
		);
		assert.equal(both[0]?.incident, both[1]?.incident);
		assert.equal(await evidence(), undefined);
	});

	await t.test(
		'the last writer of an essential stream is contained like any other, and its last reader is not: that is said',
		async (u) => {
			// Its last reader is no device: refused with what to do instead, and it goes on reading.
			const desk = await openSession(u, site, await site.commissionReader('hall', 'desk'));
			await assert.rejects(site.ask('device.contain', { ...hall, device: 'desk', since: 0, reason: 'found open' }), {
				code: 'device-unknown',
				detail: /keyward revoke reader desk/,
			});
			assert.equal(desk.socket.destroyed, false);
			const probe = await site.commissionDevice('hall', 'probe-3');
			const wire = await openSession(u, site, probe);
			await site.ask('device.contain', { ...hall, device: 'probe-3', since: 0, reason: 'found open' });
			assert.ok(((await wire.next('disconnect')).reasonCode ?? 0) >= 0x80);
			const again = await openWire(u, site, probe);
			again.send(connectPacket(5));
			assert.match((await again.next('connack')).properties?.reasonString ?? '', /^certificate-revoked/);
		},
	);
});
