import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { attack } from './harness/attack.ts';

/** As many handshakes as one network may have under way: what comes after them waits in line, unread. */
const held = 256;
/** Connections that are reset while they wait, each from the port of the one before. */
const resets = 120;
/** What is open for other reasons. */
const few = 16;

const elsewhere: ConnectionOptions & { localAddress: string } = { localAddress: '127.0.0.2' };

export default attack({
	title:
		'a stranger resets connections that wait for their handshake, and comes back from the same port, until the site has no file descriptor left',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/tls/handshakes.ts',
				find: 'before.socket.destroy();',
				replace: '',
			},
		],
		because: 'no level switches it off',
	},
	site: { options: { linkWorkers: 1 } },
	refusal: 'closed what had been reset',
	run: async ({ site, after }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		// From another address, and after all that came before: descriptors are counted when it was answered.
		const descriptors = async (): Promise<number> => {
			const { wire } = await site.session(device, { tls: elsewhere });
			wire.socket.destroy();
			await once(wire.socket, 'close');
			return readdirSync(`/proc/${site.pid}/fd`).length;
		};
		const before = await descriptors();
		const walls = new Set<Socket>();
		const end = (): void => {
			for (const socket of walls) socket.removeAllListeners('close').destroy();
			walls.clear();
		};
		after(end);
		const open = async (localPort = 0): Promise<Socket> => {
			const socket = connect({ host: '127.0.0.1', port: site.mqttsPort, localPort });
			socket.on('error', () => {});
			await once(socket, 'connect');
			return socket;
		};
		const wall = async (): Promise<void> => {
			const socket = await open();
			walls.add(socket);
			socket.once('close', () => {
				walls.delete(socket);
				void wall();
			});
			socket.resume();
		};
		for (let count = 0; count < held; count++) await wall();
		let port = 0;
		for (let count = 0; count < resets; count++) {
			const socket = await open(port);
			port = socket.localPort ?? 0;
			await descriptors();
			const closed = once(socket, 'close');
			socket.resetAndDestroy();
			await closed;
		}
		end();
		let kept = resets;
		for (let look = 0; look < 50 && kept > few; look++) kept = (await descriptors()) - before;
		return {
			succeeded: kept > few,
			saw: `${kept} more file descriptors after ${resets} resets`,
			refusal: kept > few ? null : 'closed what had been reset',
		};
	},
});
