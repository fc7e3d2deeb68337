import { once } from 'node:events';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device collects session tickets, to come back by them where its key is not asked for again',
	requirements: ['device-authentication'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/tls/session-tickets.ts',
				find: 'context.enableTicketKeyCallback();',
				replace: '',
			},
		],
		because: 'each connection proves its key at every level',
	},
	refusal: /^no ticket$/,
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		let tickets = 0;
		for (const port of [site.mqttsPort, site.httpsPort]) {
			const socket = await site.tls(port, device.tls);
			socket.on('session', () => tickets++);
			const closed = once(socket, 'close');
			// No protocol's first bytes: the connection ends, and tickets come before that.
			socket.resume().write(Buffer.alloc(64));
			await closed;
		}
		const refusal = tickets === 0 ? 'no ticket' : null;
		return { succeeded: tickets > 0, saw: `${tickets} tickets of two connections`, refusal };
	},
});
