import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSite } from '@keyward/testing/service/site';
import { connectPacket, openWire, readingPacket, type Wire } from '@keyward/testing/service/wire';

const opened = async (wire: Wire): Promise<number> => {
	wire.send(connectPacket(5));
	const { reasonCode } = await wire.next('connack');
	return reasonCode ?? 0;
};

test('revoked, quarantined or by a retired CA: the session is cut with the reason, and none is opened again', async (t) => {
	const site = await startSite(t);
	const hall = { application: 'hall' } as const;
	const ends: [id: string, code: RegExp, end: (id: string) => Promise<unknown>][] = [
		[
			'probe-1',
			/^certificate-revoked: /,
			async (id) => {
				const answer = await site.ask('principal.revoke', { kind: 'device', ...hall, id, reason: 'stolen' });
				assert.deepEqual(answer, { revoked: 1, cut: 1 });
			},
		],
		[
			'probe-2',
			/^device-quarantined: /,
			async (device) => {
				assert.deepEqual(await site.ask('device.quarantine', { ...hall, device }), { cut: 1 });
			},
		],
		[
			'probe-3',
			/^ca-retired: /,
			async () => {
				const issuing = { what: 'issuing', ...hall } as const;
				await site.ask('authority.roll', issuing);
				await site.ask('authority.retire', { ...issuing, generation: 1, force: true });
			},
		],
	];
	for (const [id, code, end] of ends) {
		const identity = await site.commissionDevice('hall', id);
		const wire = await openWire(t, site, identity);
		assert.equal(await opened(wire), 0);
		wire.send(readingPacket(id, 1, [{ time: Date.now() }]));
		assert.equal((await wire.next('puback')).reasonCode ?? 0, 0);
		await end(id);
		assert.match((await wire.next('disconnect')).properties?.reasonString ?? '', code);
		await wire.ended();
		const again = await openWire(t, site, identity);
		again.send(connectPacket(5));
		const connack = await again.next('connack');
		assert.ok((connack.reasonCode ?? 0) >= 0x80);
		assert.match(connack.properties?.reasonString ?? '', code);
	}
	// Under the CA that signs now it is commissioned again.
	assert.equal(await opened(await openWire(t, site, await site.commissionDevice('hall', 'probe-4'))), 0);
});
