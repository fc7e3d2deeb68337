import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { connect } from 'node:tls';
import { days, type Instant, minutes } from '@keyward/core';
import type { IssuedCertificate, StoredNetwork } from '@keyward/core/port';
import { openSqliteStore } from '@keyward/store';
import { openMemoryStore } from '@keyward/store/memory';
import { startSite } from '@keyward/testing/service/site';
import { openSession } from '@keyward/testing/service/wire';
import { openNetworkRecord } from './network-record.ts';

const der = (number: number): Uint8Array => Uint8Array.of(number);
/** The moment that is so many days after 1970 began. */
const day = (number: number): Instant => 86_400_000 * number;
const name = (number: number): string => hash('sha256', der(number), 'hex');

/** A record of a site with certificates 1 to 20, all good. */
const record = async (t: TestContext) => {
	t.mock.timers.enable({ apis: ['setInterval'] });
	const store = openMemoryStore();
	const writes: StoredNetwork[][] = [];
	const ends = new Map<string, Partial<IssuedCertificate>>();
	for (let number = 1; number <= 20; number++) ends.set(name(number), { revoked: null, notAfter: day(400) });
	const state = { now: day(100) + 5 };
	const open = () =>
		openNetworkRecord({
			store: {
				networks: store.networks,
				keepNetworks: async (networks) => {
					writes.push([...networks]);
					await store.keepNetworks(networks);
				},
				certificate: async (fingerprint) =>
					(ends.get(Buffer.from(fingerprint).toString('hex')) as IssuedCertificate | undefined) ?? null,
				revoked: async () => [],
			},
			applications: () => [],
			clock: { now: () => state.now },
			report: (error) => assert.ifError(error),
		});
	return { store, writes, ends, state, open };
};

test('what came is known at the next start; it is written in groups, and not while nothing is new', async (t) => {
	const { writes, open } = await record(t);
	const first = await open();
	for (let count = 0; count < 1000; count++) first.came([[`192.0.2.${count % 100}`, name(1 + (count % 20))]]);
	assert.equal(writes.length, 0);
	t.mock.timers.tick(minutes(10));
	await first.stop();
	assert.equal(writes.length, 1);
	assert.equal(writes[0]?.length, 100);
	const second = await open();
	assert.equal((await second.atStart()).networks.length, 100);
	second.came([['192.0.2.7', name(8)]]);
	await second.stop();
	assert.equal(writes.length, 1);
});

test('a network is kept thirty days without a device from it, and a day to come is not believed', async (t) => {
	const { store, state, open } = await record(t);
	const first = await open();
	first.came([['192.0.2.1', name(1)]]);
	state.now += days(1);
	first.came([['192.0.2.2', name(1)]]);
	await first.stop();
	assert.deepEqual(
		(await store.networks()).map(({ day: kept }) => kept),
		[day(100), day(101)],
	);
	state.now = day(130) - 1;
	await (await open()).stop();
	assert.equal((await store.networks()).length, 2);
	state.now = day(130);
	const running = await open();
	assert.deepEqual((await running.atStart()).networks, [['192.0.2.2', name(1)]]);
	// Also while it runs.
	state.now = day(131);
	await running.stop();
	assert.deepEqual(await store.networks(), []);
	await store.keepNetworks([{ network: '192.0.2.3', certificate: name(1), day: day(132) }]);
	assert.deepEqual((await (await open()).atStart()).networks, []);
});

test('what a certificate made known that was revoked, has ended or is not of this site counts no more', async (t) => {
	const { store, ends, state, open } = await record(t);
	const first = await open();
	const told: unknown[] = [];
	first.onRevoked((one) => told.push(one));
	for (let number = 1; number <= 4; number++) first.came([[`192.0.2.${number}`, name(number)]]);
	first.revoked({ der: der(1), notAfter: day(400) });
	assert.deepEqual(told, [[name(1), day(400)]]);
	await first.stop();
	assert.deepEqual(
		(await store.networks()).map(({ network }) => network),
		['192.0.2.2', '192.0.2.3', '192.0.2.4'],
	);
	// Meanwhile, as a restored backup learns it.
	ends.set(name(2), { revoked: { at: 0, cause: 'unspecified', reason: '' }, notAfter: day(400) });
	ends.set(name(3), { revoked: null, notAfter: state.now });
	ends.delete(name(4));
	const second = await open();
	assert.deepEqual((await second.atStart()).networks, []);
	await second.stop();
	assert.deepEqual(await store.networks(), []);
});

test('a site knows after a restart where its devices came from, until their certificates are revoked', async (t) => {
	const site = await startSite(t, { linkWorkers: 1 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	/** As they are kept while the service stands still. */
	const networks = async (): Promise<string[]> => {
		let kept: StoredNetwork[] = [];
		await site.restart(async (folder) => {
			const store = openSqliteStore(folder);
			kept = await store.networks();
			await store.close();
		});
		return kept.map(({ network }) => network);
	};
	const wire = await openSession(t, site, probe);
	wire.send({ cmd: 'disconnect' });
	await wire.ended();
	assert.deepEqual(await networks(), ['127.0.0.1']);
	// Nobody came since: it is known by what was kept.
	assert.deepEqual(await networks(), ['127.0.0.1']);
	await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'lost' });
	assert.deepEqual(await networks(), []);
});

test('a device passes a wall of strangers right after a restart, and waits in its line where its network is not known', async (t) => {
	const site = await startSite(t, { linkWorkers: 1 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	const wire = await openSession(t, site, probe);
	wire.send({ cmd: 'disconnect' });
	await wire.ended();

	/** Who comes to the end of a handshake first: a stranger that came before, or the device. Both come behind who says nothing. */
	const first = async (): Promise<string> => {
		const { mqttsPort: port } = site;
		const wall: Socket[] = [];
		try {
			// Thrice as many as are under way at a time, each of another network.
			for (let count = 0; count < 1536; count++) {
				const localAddress = `127.1.${count >> 8}.${count & 255}`;
				const socket = connectPlain({ host: '127.0.0.1', port, localAddress });
				socket.on('error', () => {});
				wall.push(socket);
			}
			await Promise.all(wall.map((socket) => once(socket, 'connect')));
			const { ca } = probe.tls;
			const [stranger, device] = [{ ca, localAddress: '127.2.0.1' }, probe.tls].map((options) => {
				const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options });
				socket.on('error', () => {});
				wall.push(socket);
				return once(socket, 'secureConnect');
			});
			return (await Promise.race([stranger?.then(() => 'stranger'), device?.then(() => 'device')])) ?? '';
		} finally {
			for (const socket of wall) socket.destroy();
		}
	};

	await site.restart();
	assert.equal(await first(), 'device');
	await site.restart(async (folder) => {
		const store = openSqliteStore(folder);
		await store.keepNetworks([]);
		await store.close();
	});
	assert.equal(await first(), 'stranger');
});
