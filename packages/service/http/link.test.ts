import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr } from '@keyward/core/format';
import { makeEphemeralKey } from '@keyward/custody';
import { needs } from '@keyward/testing/debian';
import { run } from '@keyward/testing/service/run-program';
import type { HttpsListenerOptions } from '../site/site-file.ts';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';
import { openSession, readingPacket } from '@keyward/testing/service/wire';

// link-encryption over HTTPS: readings, event streams and EST are held to the policy's least link, as MQTT is.

const hybrid = { port: 0, floor: 'tls1.3-pq' } as const;
const strict = hallPolicy.replace('confidentiality: 2', 'confidentiality: 4');

const ends: (() => Promise<void> | void)[] = [];
const start = (policy: string, more: HttpsListenerOptions): Promise<TestSite> =>
	startSite(
		{ after: (end) => void ends.push(end) },
		{ policies: [policy], httpsListeners: [more], listeners: [hybrid] },
	);

/** For all tests of the hybrid listener; each applies its policy and has its devices. */
let shared: TestSite;
before(async () => {
	shared = await start(strict, hybrid);
});
after(async () => {
	for (const end of ends.toReversed()) await end();
});

const over = (site: TestSite) => {
	const [classicPort = 0, otherPort = 0] = site.httpsPorts;
	const ask = async (port: number, path: string, options: RequestOptions = {}, body?: string) => {
		const sent = request({ ...{ host: '127.0.0.1', servername: 'localhost', port, path, agent: false }, ...options });
		const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
		sent.end(body);
		const [response] = await answered;
		let text = '';
		for await (const part of response.setEncoding('utf8')) text += part;
		return { status: response.statusCode, text };
	};
	return { site, ask, classicPort, otherPort };
};

test('a reader reads at confidentiality 4 by the hybrid listener, and nothing by the classic one', async (t) => {
	const { site, ask, classicPort, otherPort: hybridPort } = over(shared);
	await site.apply(strict);
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-0' });
	assert.equal(new URL(parseCommissioning(commissioning).service).port, String(hybridPort), 'the string names it');
	const device = await site.commissionDevice('hall', 'probe-1');
	const status = await site.ask('site.status', {});
	const mqttsPort = Number(new URL(status.applications[0]?.mqttUrl ?? '').port);
	// An open reading, as this policy takes none any more.
	await site.apply(hallPolicy);
	const session = await openSession(t, { mqttsPort }, device);
	session.send(readingPacket('probe-1', 1, [{ time: Date.now() }]));
	assert.equal((await session.next('puback')).reasonCode, 0);
	await site.apply(strict);
	const reader = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const path = '/v1/readings/hall/probe-1/dose-rate';
	const page = await ask(hybridPort, path, reader.tls);
	assert.equal(page.status, 200, page.text);
	for (const headers of [{}, { accept: 'text/event-stream' }]) {
		// Even where this handshake chose the hybrid group: the listener also takes others, and Node does not tell.
		const refused = await ask(classicPort, path, { ...reader.tls, headers });
		assert.equal(refused.status, 403);
		assert.match(refused.text, /"link-too-weak".*the link is tls1\.3, the policy asks tls1\.3-pq/);
	}
	await assert.rejects(ask(hybridPort, path, { ...reader.tls, ecdhCurve: 'X25519' }));
});

/** EST with a fresh key: simpleenroll under the token, or simplereenroll under the identity. */
const enrol = async (
	ask: ReturnType<typeof over>['ask'],
	port: number,
	id: string,
	by: { readonly token: string } | { readonly identity: TestIdentity },
	tls: RequestOptions = {},
) => {
	const key = makeEphemeralKey();
	const subject = 'token' in by ? [] : principalSubject({ kind: 'device', application: 'hall', id });
	const body = Buffer.from(await buildCsr({ subject }, key)).toString('base64');
	const type = { 'content-type': 'application/pkcs10' };
	return 'token' in by
		? ask(
				port,
				'/.well-known/est/simpleenroll',
				{
					...{ method: 'POST', rejectUnauthorized: false, ...tls },
					headers: { ...type, authorization: `Basic ${Buffer.from(`x:${by.token}`).toString('base64')}` },
				},
				body,
			)
		: ask(port, '/.well-known/est/simplereenroll', { method: 'POST', headers: type, ...by.identity.tls, ...tls }, body);
};

test('EST enrols and renews at confidentiality 4 by the hybrid listener alone; a refusal spends no token', async () => {
	const { site, ask, classicPort, otherPort: hybridPort } = over(shared);
	await site.apply(strict);
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'est-1' });
	const { token } = parseCommissioning(commissioning);
	const weak = await enrol(ask, classicPort, 'est-1', { token });
	assert.equal(weak.status, 403);
	assert.match(weak.text, /^link-too-weak: .*the policy asks tls1\.3-pq/);
	assert.equal((await enrol(ask, hybridPort, 'est-1', { token })).status, 200);
	const identity = await site.commissionDevice('hall', 'est-2');
	const renewal = await enrol(ask, classicPort, 'est-2', { identity });
	assert.equal(renewal.status, 403);
	assert.match(renewal.text, /^link-too-weak/);
	assert.equal((await enrol(ask, hybridPort, 'est-2', { identity })).status, 200);
});

test('a listener at TLS 1.2 AEAD enrols and renews what a policy lets come so weakly, and serves nothing else', async () => {
	const lax = hallPolicy.replace('confidentiality: 2', 'confidentiality: 1');
	const { site, ask, classicPort, otherPort: oldPort } = over(await start(lax, { port: 0, floor: 'tls1.2-aead' }));
	const old: RequestOptions = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' };
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
	const { token, est, service } = parseCommissioning(commissioning);
	assert.deepEqual([new URL(est).port, new URL(service).port], [String(oldPort), String(classicPort)]);
	await assert.rejects(enrol(ask, classicPort, 'probe-1', { token }, old), /alert|EPROTO/);
	const cbc = { ...old, ciphers: 'ECDHE-ECDSA-AES128-SHA256' };
	await assert.rejects(enrol(ask, oldPort, 'probe-1', { token }, cbc), /alert|EPROTO/);
	assert.equal((await enrol(ask, oldPort, 'probe-1', { token }, old)).status, 200);
	const identity = await site.commissionDevice('hall', 'probe-2');
	assert.equal((await enrol(ask, oldPort, 'probe-2', { identity }, old)).status, 200);

	for (const path of [
		'/',
		'/v1/readings/hall/probe-1/dose-rate',
		'/v1/operations/site.status',
		'/v1/owner/1.root.json',
	])
		assert.equal((await ask(oldPort, path, { ...identity.tls, ...old })).status, 404, path);
	// Evidence hangs on a TLS 1.3 exporter (RFC 9266): there is no challenge without it.
	const headers = { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` };
	const challenge = { method: 'POST', rejectUnauthorized: false, headers, ...old };
	assert.notEqual((await ask(oldPort, '/.well-known/est/challenge', challenge, '{}')).status, 200);

	await site.apply(hallPolicy);
	const later = await enrol(ask, oldPort, 'probe-2', { identity }, old);
	assert.equal(later.status, 403);
	assert.match(later.text, /^link-too-weak: the link is tls1\.2-aead, the policy asks tls1\.3/);
	const told = parseCommissioning(
		(await site.ask('device.expect', { application: 'hall', device: 'probe-3' })).commissioning,
	);
	assert.equal(told.est, told.service);
});

test('mode report lets the weaker link in', async () => {
	const { site, ask, classicPort } = over(shared);
	await site.apply(strict.replace('mode: enforce', 'mode: audit'));
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'report-1' });
	const { token } = parseCommissioning(commissioning);
	assert.equal((await enrol(ask, classicPort, 'report-1', { token })).status, 200);
});

test('curl, whose OpenSSL has no ML-KEM, reads over TLS 1.3 where the policy asks no more, and not where it does', async (t) => {
	if (!needs(t, 'curl')) return;
	const { site, classicPort, otherPort: hybridPort } = over(shared);
	await site.apply(hallPolicy.replace('readers: [desk]', 'readers: [desk, board]'));
	const reader = await site.commissionReader('hall', 'board');
	await site.commissionDevice('hall', 'curl-1');
	await site.grant('hall', 'board', '*', 'dose-rate');
	const folder = temporaryFolder('kw-curl-');
	const ca = join(folder, 'ca.pem');
	await writeFile(ca, reader.tls.ca);
	const curl = (port: number) =>
		run('curl', [
			...['--silent', '--show-error', '--cacert', ca, '--cert', reader.certificateFile, '--key', reader.keyFile],
			...['--curves', 'X25519', `https://localhost:${port}/v1/readings/hall/curl-1/dose-rate`],
		]);
	assert.match((await curl(classicPort)).said, /"readings":/);
	assert.notEqual((await curl(hybridPort)).status, 0, 'no common group');
	await site.apply(strict.replace('readers: [desk]', 'readers: [desk, board]'));
	assert.match((await curl(classicPort)).said, /link-too-weak/);
});
