import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { attack } from './harness/attack.ts';
import { chainOfConstraints } from './harness/long-chain.ts';

/** Devices and strangers that connect, one after another. */
const devices = 20;
const strangers = 4;
/** So many times what a device's connection costs is too much. */
const tooMuch = 50;

export default attack({
	title: 'a stranger shows certificates that take OpenSSL hundreds of times as long as those of a device',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/tls/listener.ts',
				find: 'const LARGEST_FLIGHT: Bytes = 8192;',
				replace: 'const LARGEST_FLIGHT: Bytes = 1_000_000;',
			},
		],
		because: 'no level switches it off',
	},
	site: { options: { linkWorkers: 1 } },
	refusal: 'ended before the certificates were whole',
	run: async ({ site }) => {
		/** Processor time of the site, in ticks of the kernel. */
		const spent = (): number => {
			const [, fields = ''] = readFileSync(`/proc/${site.pid}/stat`, 'utf8').split(') ');
			const [user, system] = fields.split(' ').slice(11, 13);
			return Number(user) + Number(system);
		};
		const device = await site.commissionDevice('hall', 'probe-1');
		const chain = chainOfConstraints(4, 700);
		const connect = async (port: number): Promise<void> => {
			const socket = await site.tls(port, { rejectUnauthorized: false, ...chain });
			socket.on('error', () => {});
			if (!socket.closed) await once(socket.resume(), 'close').catch(() => undefined);
		};
		const costs: number[] = [];
		const before = spent();
		for (let count = 0; count < devices; count++) (await site.session(device)).wire.socket.destroy();
		const ofDevice = Math.max(1, spent() - before) / devices;
		for (const port of [site.mqttsPort, site.httpsPort]) {
			const begun = spent();
			for (let count = 0; count < strangers; count++) await connect(port);
			// Whatever was begun is over when another one is answered.
			await site.https({ path: '/healthz/live' });
			costs.push((spent() - begun) / strangers / ofDevice);
		}
		const succeeded = costs.some((cost) => cost > tooMuch);
		return {
			succeeded,
			saw: `a stranger's connection cost ${costs.map((cost) => cost.toFixed(1)).join(' (MQTT) and ')} (HTTPS) times a device's`,
			refusal: succeeded ? null : 'ended before the certificates were whole',
		};
	},
});
