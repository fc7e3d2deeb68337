import type { Socket } from 'node:net';

function destroy(this: Socket): void {
	this.destroy();
}

/** A connection whose error nobody else hears is over. One listener for all of them: it holds nothing of any. */
export const destroyOnError = (socket: Socket): void => void socket.on('error', destroy);
