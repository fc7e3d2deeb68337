import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { attack } from './harness/attack.ts';
import { against, registryOnce, watchedBy } from './harness/witnesses.ts';

export default attack({
	title: "somebody on the way answers a new checkpoint with the witness's cosignature of an old one",
	requirements: ['ledger'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/ledger/cosignature.ts',
				find: '!verifies(cosigned(text, seconds), witness, signature.subarray(TIME_LENGTH))',
				replace: 'verifies(cosigned(text, seconds), witness, new Uint8Array(0))',
			},
		],
		because: 'what a cosignature covers is no parameter',
	},
	refusal: /cosignature of .* on the checkpoint is wrong/,
	run: async ({ site, cli, folder, signal, after }) => {
		const { witness, size } = await watchedBy(site, cli, folder, signal);
		const { witnessed } = await registryOnce(site, signal, () => true);
		const old = witnessed?.note.trimEnd().split('\n').at(-1) ?? '';
		const answer = (request: IncomingMessage, response: ServerResponse): void => {
			request.resume().once('end', () => response.end(`${old}\n`));
		};
		const server = createServer(answer).listen(0, '127.0.0.1');
		await once(server, 'listening');
		after(() => {
			server.closeAllConnections();
			server.close();
		});
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
		await site.restart(undefined, { witnesses: { quorum: 1, of: [{ url, key: witness.key }] } });
		await site.ask('device.expect', { application: 'hall', device: 'second' });
		const seen = await registryOnce(
			site,
			signal,
			(ledger) => (ledger.witnessed?.size ?? 0) > size || /wrong/.test(against(ledger)),
		);
		const saw = `the witness vouched for ${size} leaves, the site says ${seen.witnessed?.size}: ${against(seen) || 'all is well'}`;
		return { succeeded: (seen.witnessed?.size ?? 0) > size, saw, refusal: against(seen) || null };
	},
});
