import { once } from 'node:events';
import { createServer } from 'node:net';
import { Problem } from '@keyward/core';

/** A port of this machine that is one site's. */
export interface PortLock {
	release(): void;
}

/**
 * Takes TCP ports for this process alone. Link workers share theirs (SO_REUSEPORT), and so would a second site of the same user: its
 * devices would meet either at random. The lock is a name in Linux's abstract socket namespace, gone with the process that holds it
 * (unix(7)); where there is none, the kernel's own refusal has to do. Throws `Problem('site-configuration')` when another has one.
 */
export const lockPorts = async (ports: readonly number[]): Promise<PortLock> => {
	if (process.platform !== 'linux') return { release: () => {} };
	const held: ReturnType<typeof createServer>[] = [];
	const release = (): void => {
		for (const server of held) server.close();
	};
	for (const port of ports) {
		const server = createServer((socket) => socket.destroy()).listen({ path: `\0keyward/port/${port}` });
		try {
			await once(server, 'listening');
			held.push(server.unref());
		} catch {
			release();
			throw new Problem(
				'site-configuration',
				`cannot listen on port ${port}: another site of this machine has it; end that one, or choose another port with --mqtts-port, --listener (KEYWARD_MQTTS_PORT) or in the site file`,
			);
		}
	}
	return { release };
};
