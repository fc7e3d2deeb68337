import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { attack } from './harness/attack.ts';

/** The value of a metric's line; 0 when there is none. */
const valueOf = (metrics: string, name: string): number =>
	Number(
		metrics
			.split('\n')
			.find((line) => line.startsWith(`${name} `))
			?.split(' ')[1] ?? 0,
	);

/** The operator's webhook, and what it was told. */
let receiver: Server | null = null;
const raised = new EventEmitter();

export default attack({
	title: 'a thief with a copied key takes over the session of its device again and again, and nobody is told',
	requirements: ['unique-key'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/service/assemble.ts',
				find: 'onTakenOver: takeovers.add,',
				replace: 'onTakenOver: () => undefined,',
			},
		],
		because: 'what is counted, logged and alarmed is no parameter',
	},
	site: async (folder) => {
		const secretFile = join(folder, 'webhook.secret');
		await writeFile(secretFile, randomBytes(32).toString('hex'), { mode: 0o600 });
		receiver = createServer((request, response) => {
			let text = '';
			request.setEncoding('utf8').on('data', (part: string) => (text += part));
			request.on('end', () => {
				raised.emit((JSON.parse(text) as { readonly event: string }).event);
				response.end();
			});
		}).listen(0, '127.0.0.1');
		await once(receiver, 'listening');
		const { port } = receiver.address() as AddressInfo;
		const events = ['device-silent', 'identity-contested'] as const;
		return {
			options: {
				alerts: { url: `http://127.0.0.1:${port}/`, secretFile, events },
				metrics: { host: '127.0.0.1', port: 0 },
			},
		};
	},
	refusal: 'identity-contested',
	// It waits for the site to look around, once a minute.
	limit: 300_000,
	run: async ({ site, signal, after }) => {
		after(() => receiver?.close());
		const silent = once(raised, 'device-silent', { signal });
		const device = await site.commissionDevice('hall', 'probe-1');
		const takeovers = 4;
		for (let count = 0; count <= takeovers; count++) {
			const { connack } = await site.session(device);
			if (connack.reason !== 0) throw new Error(`no session was opened: ${connack.why}`);
		}
		// The look that misses the device's readings tells of its sessions too, and the one alarm is sent after the other.
		await silent;
		const metrics = await (await fetch(site.metricsUrl ?? '', { signal })).text();
		const counted = valueOf(metrics, 'keyward_events_total{event="taken-over"}');
		const refused = valueOf(metrics, 'keyward_refusals_total{code="taken-over"}');
		const alarmed = valueOf(metrics, 'keyward_alerts_standing{event="identity-contested"}') > 0;
		const seen = counted + refused;
		return {
			succeeded: seen === 0 && !alarmed,
			saw: `${takeovers} takeovers: ${seen} counted, ${alarmed ? 'identity-contested is raised' : 'no alarm'}`,
			refusal: alarmed && seen === takeovers ? 'identity-contested' : null,
		};
	},
});
