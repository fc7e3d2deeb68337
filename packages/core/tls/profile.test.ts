import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { connect, type ConnectionOptions, createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import { type LinkStep, linkSteps } from '../authorize/link.ts';
import { tlsProfile } from './profile.ts';

const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '-'];
const made = execFileSync('openssl', [...words, '-subj', '/CN=localhost'], { encoding: 'utf8', stdio: 'pipe' });
const begin = made.indexOf('-----BEGIN CERTIFICATE');
const [key, cert] = [made.slice(0, begin), made.slice(begin)];

const servers = new Map<LinkStep | 'none', Server>();
const listen = async (name: LinkStep | 'none', options: TlsOptions): Promise<void> => {
	const server = createServer({ key, cert, ...options }, (socket) => socket.on('error', () => {}).resume());
	server.on('tlsClientError', () => {});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	servers.set(name, server);
};

before(async () => {
	for (const step of linkSteps) await listen(step, tlsProfile(step));
	// What Node takes by itself: each refusal below is shown to be the profile's.
	await listen('none', { minVersion: 'TLSv1.2', ciphers: 'ALL:@SECLEVEL=0', ecdhCurve: 'P-256:P-521' });
});
after(() => {
	for (const server of servers.values()) server.close();
});

/** What the two ends agree on; null when they do not. */
const agree = async (
	step: LinkStep | 'none',
	offered: ConnectionOptions,
	use: (socket: TLSSocket) => string | Promise<string> = (socket) =>
		`${socket.getProtocol() ?? ''} ${socket.getCipher().standardName}`,
): Promise<string | null> => {
	const address = servers.get(step)?.address();
	assert.ok(typeof address === 'object' && address !== null);
	const socket = connect({ port: address.port, host: '127.0.0.1', ca: cert, servername: 'localhost', ...offered });
	try {
		await once(socket, 'secureConnect');
		return await use(socket);
	} catch {
		return null;
	} finally {
		socket.destroy();
	}
};

const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
const group = ({ ecdhCurve }: { readonly ecdhCurve: string }) => ({ minVersion: 'TLSv1.3', ecdhCurve }) as const;

test('each step takes what it says, and nothing below it', async () => {
	assert.match((await agree('tls1.2-aead', old)) ?? '', /^TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256$/);
	assert.equal(await agree('tls1.3', old), null);
	assert.equal(await agree('tls1.3-pq', old), null);
	for (const ecdhCurve of ['X25519', 'P-256', 'P-384']) {
		assert.match((await agree('tls1.3', group({ ecdhCurve }))) ?? '', /^TLSv1.3 /, ecdhCurve);
		assert.equal(await agree('tls1.3-pq', group({ ecdhCurve })), null, ecdhCurve);
	}
	for (const step of linkSteps) {
		assert.match((await agree(step, group({ ecdhCurve: 'X25519MLKEM768' }))) ?? '', /^TLSv1.3 TLS_AES_128_GCM/, step);
		// What every client of ours offers is taken by every listener of ours.
		assert.match((await agree(step, tlsProfile('tls1.3'))) ?? '', /^TLSv1.3 TLS_AES_128_GCM/, step);
	}
});

for (const [what, offered] of [
	['records that are authenticated apart (CBC)', { ...old, ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
	['short tags (CCM8)', { ...old, ciphers: 'ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0' }],
	['signatures over SHA-224', { ...old, sigalgs: 'ECDSA+SHA224' }],
	['signatures over SHA-1', { ...old, ciphers: 'ALL:@SECLEVEL=0', sigalgs: 'ECDSA+SHA1' }],
	['a group that no profile lists', { minVersion: 'TLSv1.3', ecdhCurve: 'P-521' }],
] as const satisfies readonly (readonly [string, ConnectionOptions])[]) {
	test(`the lowest step refuses ${what}, which Node alone takes`, async () => {
		assert.notEqual(await agree('none', offered), null, 'the offer is one that could be taken');
		assert.equal(await agree('tls1.2-aead', offered), null);
	});
}

test('renegotiation, by which a TLS 1.2 client repeats a handshake at the server’s cost, is refused', async () => {
	const renegotiate = (socket: TLSSocket): Promise<string> =>
		new Promise((resolve, reject) => {
			socket.once('error', reject);
			socket.once('close', () => reject(new Error('closed')));
			socket.renegotiate({}, (error) => (error === null ? resolve('renegotiated') : reject(error)));
		});
	assert.equal(await agree('none', old, renegotiate), 'renegotiated');
	assert.equal(await agree('tls1.2-aead', old, renegotiate), null);
});
