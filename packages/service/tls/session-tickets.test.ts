import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { hallPolicy, startSite } from '@keyward/testing/service/site';

/** Session tickets that came before the connection ended, and whether the server resumed one. */
const ticketsOf = async (
	port: number,
	options: ConnectionOptions,
): Promise<{ tickets: Buffer[]; resumed: boolean }> => {
	const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false, ...options });
	const tickets: Buffer[] = [];
	socket.on('session', (ticket: Buffer) => tickets.push(ticket));
	// No protocol's first bytes, so the connection ends; tickets come before whatever else a server writes.
	socket.write(Buffer.alloc(64));
	for await (const part of socket) assert(Buffer.isBuffer(part));
	return { tickets, resumed: socket.isSessionReused() };
};

test('no listener sends session tickets, before and after its certificate is replaced', async (t) => {
	const site = await startSite(t, {
		floor: 'tls1.2-aead',
		policies: [hallPolicy.replace('confidentiality: 2', 'confidentiality: 1')],
	});
	const { tls } = await site.commissionDevice('hall', 'probe-1');
	const look = async (): Promise<void> => {
		for (const port of [site.httpsPort, site.mqttsPort]) {
			const { tickets } = await ticketsOf(port, tls);
			assert.deepEqual(tickets, [], `TLS 1.3 on ${port}`);
		}
		const { tickets } = await ticketsOf(site.mqttsPort, { ...tls, maxVersion: 'TLSv1.2' });
		for (const session of tickets) {
			const { resumed } = await ticketsOf(site.mqttsPort, { ...tls, maxVersion: 'TLSv1.2', session });
			assert.equal(resumed, false, 'TLS 1.2');
		}
	};
	await look();
	// A new generation of an issuing CA is told to every listener.
	await site.ask('authority.roll', { what: 'issuing', application: 'hall' });
	await look();
});
