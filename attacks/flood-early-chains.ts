import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { hallPolicy } from '@keyward/testing/service/site';
import { certificateMessage, firstFlight } from '@keyward/testing/service/records';
import { attack } from './harness/attack.ts';
import { chainOfConstraints } from './harness/long-chain.ts';

const strangers = 4;
/** Processor time of one connection that is too much, in ticks of the kernel: ten milliseconds each. */
const tooMuch = 20;

export default attack({
	title:
		'a stranger shows costly certificates in the same breath as its ClientHello, as TLS 1.2 lets it, before anything is counted',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/tls/listener.ts',
				find: '!end.socket.destroyed) came(more);',
				replace: '!end.socket.destroyed) end.give(more);',
			},
		],
		because: 'no level switches it off',
	},
	site: {
		policies: [hallPolicy.replace('confidentiality: 2', 'confidentiality: 1')],
		options: { floor: 'tls1.2-aead', linkWorkers: 1 },
	},
	refusal: 'ended unread',
	run: async ({ site }) => {
		const spent = (): number => {
			const [, fields = ''] = readFileSync(`/proc/${site.pid}/stat`, 'utf8').split(') ');
			const [user, system] = fields.split(' ').slice(11, 13);
			return Number(user) + Number(system);
		};
		const hello = await firstFlight({ maxVersion: 'TLSv1.2' });
		const bytes = Buffer.concat([hello, certificateMessage(chainOfConstraints(4, 700).cert)]);
		const before = spent();
		for (let count = 0; count < strangers; count++) {
			const socket = connectTcp({ host: '127.0.0.1', port: site.mqttsPort });
			socket.on('error', () => {});
			socket.resume().write(bytes);
			await once(socket, 'close').catch(() => undefined);
		}
		const cost = (spent() - before) / strangers;
		const succeeded = cost > tooMuch;
		return {
			succeeded,
			saw: `a stranger's connection cost ${(cost * 10).toFixed(0)} ms of processor time`,
			refusal: succeeded ? null : 'ended unread',
		};
	},
});
