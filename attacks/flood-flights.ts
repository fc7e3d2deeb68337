import { connect, type ConnectionOptions, createSecureContext, type TLSSocket } from 'node:tls';
import { attack } from './harness/attack.ts';
import { chainOfSignatures } from './harness/long-chain.ts';

/** Connections of one stranger, each as dear as may be. */
const strangers = 64;

export default attack({
	title:
		'a stranger shows as many certificates as may be on many connections at once, and devices wait until all are looked at',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/tls/listener.ts',
				find: 'if (!turns.ask(flight)) end.hold();',
				replace: 'flight.give();',
			},
		],
		because: 'no level switches it off',
	},
	// Nobody is ended for being slow: that would count as looked at.
	site: { options: { linkWorkers: 1, patience: 600_000 } },
	refusal: 'the device came first',
	run: async ({ site, after }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const elsewhere: { tls: ConnectionOptions & { localAddress: string } } = { tls: { localAddress: '127.0.0.2' } };
		(await site.session(device, elsewhere)).wire.socket.destroy();
		// Read once: it is work for the stranger, too.
		const secureContext = createSecureContext(chainOfSignatures(15));
		let ended = 0;
		const opened: TLSSocket[] = [];
		after(() => opened.forEach((socket) => socket.removeAllListeners('close').destroy()));
		const first = Promise.withResolvers<void>();
		for (let count = 0; count < strangers; count++) {
			const socket = connect({ host: '127.0.0.1', port: site.mqttsPort, rejectUnauthorized: false, secureContext });
			opened.push(socket);
			socket.on('error', () => {});
			socket.resume();
			socket.once('close', () => {
				ended++;
				first.resolve();
			});
		}
		await first.promise;
		const { wire } = await site.session(device, elsewhere);
		wire.socket.destroy();
		const succeeded = ended > strangers / 2;
		return {
			succeeded,
			saw: `the device was let in when ${ended} of ${strangers} strangers had been looked at`,
			refusal: succeeded ? null : 'the device came first',
		};
	},
});
