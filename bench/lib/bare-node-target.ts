import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { listening } from './listening.ts';
import { peerIdentities } from './peer-identities.ts';
import type { Running, Target } from './target.ts';

/** What no server on Node can be quicker than: how much of Keyward's figure is Node's own. */
export const bareNode: Target = {
	name: 'bare-node',

	describe() {
		return `no server but what Node ${process.version} itself costs: TLS 1.3 with client certificates and an answer to each packet, in one thread, nothing checked and nothing stored; \`bench/lib/bare-node-server.ts\``;
	},

	async start(folder, devices): Promise<Running> {
		const identities = await peerIdentities(folder, devices);
		const port = await freePort();
		const script = fileURLToPath(new URL('bare-node-server.ts', import.meta.url));
		const child = fork(script, [folder, String(port)]);
		const { pid } = child;
		if (pid === undefined) throw new Error('the bare server did not start');
		await listening(port, 30);
		return {
			port,
			pid,
			identities,
			ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
			async stop() {
				if (child.exitCode === null && child.kill()) await once(child, 'exit');
			},
		};
	},
};
