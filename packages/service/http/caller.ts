import { hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Caller } from '../api/rpc.ts';

/** Sees who is at the other end of a connection. */
export type CallerOf = (socket: Socket) => Caller;

/** TLS 1.3 has no renegotiation: a connection's certificate is that of its handshake. */
const fingerprints = new WeakMap<TLSSocket, string>();

/**
 * The client certificate of a TLS connection.
 *
 * RFC 8446 §4.4.3: `authorized` means that the peer proved possession of the key and that its chain ends at an anchor of
 * the listener. Anything less is a stranger: a self-made certificate naming somebody else's device must not speak for it.
 */
export const certificateCaller: CallerOf = (socket) => {
	if (!(socket instanceof TLSSocket) || !socket.authorized) return { kind: 'anonymous' };
	const known = fingerprints.get(socket);
	if (known !== undefined) return { kind: 'certificate', fingerprint: known };
	const certificate = socket.getPeerX509Certificate();
	if (certificate === undefined) return { kind: 'anonymous' };
	const fingerprint = hash('sha256', certificate.raw, 'hex');
	fingerprints.set(socket, fingerprint);
	return { kind: 'certificate', fingerprint };
};

/** For a listener that the file system guards: whoever could open it owns the data folder. */
export const operatorCaller: CallerOf = () => ({ kind: 'operator' });
