import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';
import { connectPacket, openWire, readingPacket, type Wire } from '@keyward/testing/service/wire';

const opened = async (wire: Wire): Promise<number> => {
	wire.send(connectPacket(5));
	const { reasonCode } = await wire.next('connack');
	return reasonCode ?? 0;
};

const ask = async (site: TestSite, { tls }: TestIdentity, headers: Record<string, string>) => {
	const asked = request({
		...{ ...tls, host: '127.0.0.1', servername: 'localhost', port: site.httpsPort, agent: false, headers },
		path: '/v1/readings/hall/probe-1/dose-rate?after=0',
	});
	asked.end();
	const [response] = (await once(asked, 'response')) as [IncomingMessage];
	const text = async (): Promise<string> => {
		let said = '';
		for await (const part of response.setEncoding('utf8')) said += part;
		return said;
	};
	return { status: response.statusCode ?? 0, over: text() };
};

test('who loses a right loses what is open', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });

	await t.test(
		'revoked, quarantined or by a retired CA: the session is cut with the reason, and none is opened again',
		async (u) => {
			const hall = { application: 'hall' } as const;
			const ends: [id: string, code: RegExp, end: (id: string) => Promise<unknown>][] = [
				[
					'probe-1',
					/^certificate-revoked: /,
					async (id) => {
						const answer = await site.ask('principal.revoke', { kind: 'device', ...hall, id, reason: 'stolen' });
						assert.deepEqual(answer, { revoked: 1, cut: 1, erasure: null });
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
				const wire = await openWire(u, site, identity);
				assert.equal(await opened(wire), 0);
				wire.send(readingPacket(id, 1, [{ time: Date.now() }]));
				assert.equal((await wire.next('puback')).reasonCode ?? 0, 0);
				await end(id);
				assert.match((await wire.next('disconnect')).properties?.reasonString ?? '', code);
				await wire.ended();
				const again = await openWire(u, site, identity);
				again.send(connectPacket(5));
				const connack = await again.next('connack');
				assert.ok((connack.reasonCode ?? 0) >= 0x80);
				assert.match(connack.properties?.reasonString ?? '', code);
			}
			// Under the CA that signs now it is commissioned again.
			assert.equal(await opened(await openWire(u, site, await site.commissionDevice('hall', 'probe-4'))), 0);
		},
	);

	await t.test(
		'an event stream is over before the answer that ends its right, silent as it may be; its cursor opens nothing',
		async () => {
			const reader = await site.commissionReader('hall', 'desk');
			const ends: [code: string, end: (reader: string, grant: string) => Promise<{ readonly cut: number }>][] = [
				['not-granted', (_, id) => site.ask('grant.end', { id })],
				['not-granted', () => site.apply(hallPolicy.replaceAll('desk', 'nobody'))],
				[
					'certificate-revoked',
					(id) => site.ask('principal.revoke', { kind: 'reader', application: 'hall', id, reason: 'left' }),
				],
			];
			for (const [code, end] of ends) {
				await site.apply(hallPolicy);
				const { id } = await site.grant('hall', 'desk', '*', 'dose-rate');
				const stream = await ask(site, reader, { accept: 'text/event-stream' });
				assert.equal(stream.status, 200);
				// Behind the stream's own question in both threads.
				assert.equal((await ask(site, reader, {})).status, 200);
				assert.equal((await end('desk', id)).cut, 1, code);
				assert.match(await stream.over, new RegExp(`event: end\ndata: \\{"code":"${code}"`));
				const { over } = await ask(site, reader, {});
				assert.match(await over, new RegExp(`"code":"${code}"`));
			}
		},
	);
});
