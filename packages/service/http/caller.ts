import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { loginHeader } from '@keyward/contract/login-header';
import { browserOf } from './browser.ts';
import { networkOf } from './peer-limits.ts';
import { sessionOf } from './session-cookie.ts';
import type { Caller, Link, LinkStep } from '@keyward/core/authorize';

/** Sees who is at the other end of a connection. What proves nothing is read by no listener that has a proof. */
export type CallerOf = (socket: Socket, headers: IncomingHttpHeaders) => Caller;

/** TLS 1.3 has no renegotiation: a connection's certificate is that of its handshake. */
const fingerprints = new WeakMap<TLSSocket, string>();

/**
 * The client certificate of a TLS connection, as SHA-256 of its DER; null for a stranger.
 *
 * RFC 8446 §4.4.3: `authorized` means that the peer proved possession of the key and that its chain ends at an anchor of
 * the listener. Anything less is a stranger: a self-made certificate naming somebody else's device must not speak for it.
 */
export const fingerprintOf = (socket: Socket): string | null => {
	if (!(socket instanceof TLSSocket) || !socket.authorized) return null;
	const known = fingerprints.get(socket);
	if (known !== undefined) return known;
	const certificate = socket.getPeerX509Certificate();
	if (certificate === undefined) return null;
	const fingerprint = hash('sha256', certificate.raw, 'hex');
	fingerprints.set(socket, fingerprint);
	return fingerprint;
};

/**
 * What a handshake with a listener of this floor came to; null without TLS. Node tells a client which group was chosen and a
 * server not (`getEphemeralKeyInfo`), so the floor speaks for the group, as it does for MQTT.
 */
const linkOf = (socket: Socket, floor: LinkStep): Link | null =>
	socket instanceof TLSSocket
		? { protocol: socket.getProtocol() ?? 'none', groups: floor === 'tls1.3-pq' ? 'hybrid' : 'any' }
		: null;

/** What a page asks by itself, to stay up to date. */
const BACKGROUND = 'keyward-background';

/** Who calls over a TLS listener of this floor. */
export const certificateCaller =
	(floor: LinkStep): CallerOf =>
	(socket, headers) => {
		const link = linkOf(socket, floor);
		const fingerprint = fingerprintOf(socket);
		if (fingerprint !== null && link !== null) return { kind: 'certificate', fingerprint, link };
		const session = sessionOf(headers);
		if (session === null) return { kind: 'anonymous', link };
		const place = { from: networkOf(socket.remoteAddress), browser: browserOf(headers) };
		return { kind: 'person', session, link, place, ...(headers[BACKGROUND] === '1' && { background: true }) };
	};

const LOGIN = /^[\w.@+-]{1,64}$/;

/** For a listener that the file system guards: who could open it owns the data folder. For the audit log the program says who started it. */
export const operatorCaller: CallerOf = (_, headers) => {
	const login = headers[loginHeader];
	return typeof login === 'string' && LOGIN.test(login) ? { kind: 'operator', login } : { kind: 'operator' };
};
