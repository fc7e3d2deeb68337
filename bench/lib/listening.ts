import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves once the port of this machine takes connections; throws when it does not within these seconds. */
export const listening = async (port: number, seconds: number): Promise<void> => {
	const until = performance.now() + seconds * 1000;
	while (performance.now() < until) {
		const socket = connect(port, '127.0.0.1');
		try {
			await once(socket, 'connect');
			return;
		} catch {
			await sleep(50);
		} finally {
			socket.destroy();
		}
	}
	throw new Error(`nothing listens on port ${port}`);
};
