import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a thief uses a copied key with another program than the agent, and nobody is told',
	requirements: ['unique-key'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/service/assemble.ts',
				find: 'onHello: clients.connected,',
				replace: 'onHello: () => undefined,',
			},
		],
		because: 'what opens an incident is no parameter',
	},
	refusal: 'handshake-changed',
	run: async ({ site, signal }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const own = await site.session(device);
		if (own.connack.reason !== 0) throw new Error(`no session was opened: ${own.connack.why}`);
		const { certificateFile, keyFile, serviceCaFile } = device;
		const words = ['-h', 'localhost', '-p', `${site.mqttsPort}`, '-V', 'mqttv5', '-i', 'thief', '-q', '1'];
		const files = ['--cafile', serviceCaFile, '--cert', certificateFile, '--key', keyFile];
		const message = ['-t', 'hall/probe-1/dose-rate', '-m', '1e-7'];
		const thief = spawn('mosquitto_pub', [...words, ...files, ...message], { signal, stdio: 'ignore' });
		const [code] = (await once(thief, 'exit')) as [number | null];
		// Three that take over open an incident as well, and what was noticed of a device before it is on record by then.
		for (let count = 0; count < 4; count++) await site.session(device);
		const causes = async (): Promise<string[]> => (await site.ask('incident.list', {})).map(({ cause }) => cause);
		let seen = await causes();
		while (!seen.includes('two-places')) {
			await sleep(50, undefined, { signal });
			seen = await causes();
		}
		const isAlarmed = seen.includes('handshake-changed');
		return {
			succeeded: code === 0 && !isAlarmed,
			saw: `mosquitto_pub ended with ${code}; incidents: ${seen.join(', ')}`,
			refusal: isAlarmed ? 'handshake-changed' : null,
		};
	},
});
