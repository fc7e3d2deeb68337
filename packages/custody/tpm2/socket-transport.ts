import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { overStreams } from './stream-transport.ts';
import { type Transport, unreachable } from './transport.ts';

/** Where a swtpm listens: `--server type=tcp` or `type=unixio`. */
export type SwtpmAddress = { readonly host: string; readonly port: number } | { readonly path: string };

const CONNECT_LIMIT = 10_000;

/**
 * The data channel of a swtpm. It talks to one client at a time: a second one waits until the first has let go, and gets
 * `Problem('tpm-unreachable')` after ten seconds. Throws `Problem('tpm-unreachable')`.
 */
export const openSwtpm = async (address: SwtpmAddress): Promise<Transport> => {
	const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
	const socket = await connected(address, `swtpm at ${where}`);
	const transport = overStreams(`swtpm at ${where}`, socket, socket, async () => {
		if (socket.destroyed) return;
		const closed = once(socket, 'close');
		socket.destroy();
		await closed;
	});
	socket.once('end', () => transport.fail(unreachable(`swtpm at ${where} closed the connection`)));
	return transport;
};

const connected = async (address: SwtpmAddress, name: string): Promise<Socket> => {
	const options: NetConnectOpts = 'path' in address ? { path: address.path } : { ...address, noDelay: true };
	const socket = connect(options);
	try {
		await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_LIMIT) });
	} catch (error) {
		socket.destroy();
		throw unreachable(`${name} does not answer`, error);
	}
	return socket;
};

/** Commands of swtpm's control channel (swtpm's `tpm_ioctl.h`). */
const CMD_INIT = 2;
const CMD_SHUTDOWN = 3;

const control = async (address: SwtpmAddress, command: number, ...words: readonly number[]): Promise<void> => {
	const socket = await connected(address, 'The control channel of swtpm');
	try {
		const message = Buffer.alloc(4 + 4 * words.length);
		for (const [index, word] of [command, ...words].entries()) message.writeUInt32BE(word, 4 * index);
		socket.write(message);
		const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(CONNECT_LIMIT) })) as [Buffer];
		const result = answer.length >= 4 ? answer.readUInt32BE(0) : -1;
		if (result !== 0) throw unreachable(`swtpm answered ${result} on its control channel`);
	} finally {
		socket.destroy();
	}
};

/** Powers a swtpm on that was started without `--flags not-need-init`; it then wants TPM2_Startup. */
export const powerOnSwtpm = (address: SwtpmAddress): Promise<void> => control(address, CMD_INIT, 0);

/** Stops a swtpm in order, its state written. */
export const shutDownSwtpm = (address: SwtpmAddress): Promise<void> => control(address, CMD_SHUTDOWN);
