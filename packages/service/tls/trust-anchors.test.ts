import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { takeEachAsAnchor } from './trust-anchors.ts';

interface Identity {
	readonly key: string;
	readonly cert: string;
}

/** Certificates by each other, made by the openssl program; a CA of `notAfter` ends then. */
const authorities = (t: TestContext) => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-anchors-'));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const run = (...words: string[]): void => void execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
	const read = (name: string): Identity => ({
		key: readFileSync(join(folder, `${name}.key`), 'utf8'),
		cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
	});
	const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout'];
	return {
		root: (name: string): Identity => {
			const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-days', '2', '-subj', `/CN=${name}`];
			run('req', '-x509', ...newKey, `${name}.key`, '-out', `${name}.crt`, ...ca);
			return read(name);
		},
		issue: (by: string, name: string, isCa: boolean, days: number): Identity => {
			run('req', ...newKey, `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
			writeFileSync(join(folder, 'x'), isCa ? 'basicConstraints=critical,CA:TRUE' : 'extendedKeyUsage=clientAuth');
			const signer = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-days', String(days), '-extfile', 'x'];
			run('x509', '-req', '-in', `${name}.csr`, ...signer, '-out', `${name}.crt`);
			return read(name);
		},
	};
};

/** What a listener with these anchors says of a client. */
const judge = async (t: TestContext, own: Identity, ca: string, client: Identity, each: boolean): Promise<string> => {
	const server = createServer({ ...own, ca, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
	if (each) takeEachAsAnchor(server);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => server.close());
	const socket = connect({ ...client, port: (server.address() as AddressInfo).port, rejectUnauthorized: false });
	socket.on('error', () => {});
	const [accepted] = (await once(server, 'secureConnection')) as [TLSSocket];
	socket.destroy();
	return accepted.authorized ? 'authorized' : String(accepted.authorizationError);
};

test('a CA of the listener is an anchor, though it did not sign itself; one that ended and a stranger let nobody in', async (t) => {
	const { root, issue } = authorities(t);
	const own = root('root');
	const issuing = issue('root', 'issuing', true, 1);
	const device = issue('issuing', 'device', false, 1);
	assert.equal(await judge(t, own, issuing.cert, device, true), 'authorized');
	assert.match(await judge(t, own, issuing.cert, device, false), /ISSUER|SIGNATURE/);
	// What the client shows besides makes no anchor.
	root('other');
	const forged = issue('other', 'issuing-too', true, 1);
	const stranger = issue('issuing-too', 'stranger', false, 1);
	const shown = { ...stranger, cert: stranger.cert + forged.cert };
	assert.match(await judge(t, own, issuing.cert, shown, true), /ISSUER|SIGNATURE/);
	const ended = issue('root', 'ended', true, -1);
	const late = issue('ended', 'late', false, 1);
	assert.equal(await judge(t, own, ended.cert, late, true), 'CERT_HAS_EXPIRED');
});
