import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { after, before, test } from 'node:test';
import type { OperationName, Operations } from '@keyward/contract';
import { buildCsr, decodeCertsOnly, decodePem, encodePem, readCertificate } from '@keyward/core/format';
import { signerOf } from '@keyward/testing/service/key-signer';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';

const policy = (may: string): string => `${hallPolicy}programs: { robot: [${may}] }\n`;
const ends: (() => Promise<void> | void)[] = [];
let site: TestSite;
let robot: TestIdentity;

before(async () => {
	const policies = [policy('device.quarantine, device.list'), policy('device.quarantine').replace('hall', 'yard')];
	site = await startSite({ after: (end) => void ends.push(end) }, { policies, linkWorkers: 0 });
	await site.commissionDevice('hall', 'probe-1');
	robot = await site.commissionReader('hall', 'robot');
});

after(async () => {
	for (const end of ends.toReversed()) await end();
});

/** Calls over HTTPS; gives the status, and the code of a refusal. */
const call = async <Name extends OperationName>(
	{ tls }: Pick<TestIdentity, 'tls'>,
	name: Name,
	input: Operations[Name]['input'],
): Promise<string> => {
	const request = httpsRequest({
		...{
			host: 'localhost',
			port: site.httpsPort,
			method: 'POST',
			path: `/v1/operations/${name}`,
			agent: false,
			...tls,
		},
		headers: { 'content-type': 'application/json' },
	});
	const answered = once(request, 'response') as Promise<[IncomingMessage]>;
	request.end(JSON.stringify(input));
	const [response] = await answered;
	let text = '';
	for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
	const { code } = JSON.parse(text) as { code?: string };
	return code === undefined ? String(response.statusCode) : `${response.statusCode} ${code}`;
};

/** A certificate for a new key, by EST, as any program asks for one. */
const reenrol = async ({ tls }: Pick<TestIdentity, 'tls'>): Promise<Pick<TestIdentity, 'tls'>> => {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const [der = new Uint8Array()] = decodePem('CERTIFICATE', tls.cert, 'certificate-malformed');
	const csr = await buildCsr({ subject: readCertificate(der).subject }, signerOf(privateKey));
	const request = httpsRequest({
		...{ host: 'localhost', port: site.httpsPort, method: 'POST', path: '/.well-known/est/hall/simplereenroll' },
		...{ agent: false, ...tls, headers: { 'content-type': 'application/pkcs10' } },
	});
	const answered = once(request, 'response') as Promise<[IncomingMessage]>;
	request.end(Buffer.from(csr).toString('base64'));
	const [response] = await answered;
	let text = '';
	for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
	assert.equal(response.statusCode, 200, text);
	const chain = decodeCertsOnly(new Uint8Array(Buffer.from(text, 'base64')));
	const cert = chain.map((one) => encodePem('CERTIFICATE', one)).join('');
	return { tls: { ...tls, cert, key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() } };
};

const probe = { application: 'hall', device: 'probe-1' };
const refused = '403 not-granted';

test('a program over mutual TLS does what the policy names for it, in its application, and the audit log says so', async () => {
	assert.equal(await call(robot, 'device.quarantine', probe), '200');
	assert.equal(await call(robot, 'device.list', { application: 'hall' }), '200');
	// Not named; of another application; of all; what no program may; another reader.
	assert.equal(await call(robot, 'device.release', probe), refused);
	assert.equal(await call(robot, 'device.list', { application: 'yard' }), refused);
	assert.equal(await call(robot, 'device.list', {}), refused);
	assert.equal(await call(robot, 'policy.apply', { text: policy('device.release') }), refused);
	const desk = await site.commissionReader('hall', 'desk');
	assert.equal(await call(desk, 'device.quarantine', probe), refused);
	// The same name in another application is somebody else.
	const other = await site.commissionReader('yard', 'robot');
	assert.equal(await call(other, 'device.quarantine', probe), refused);
	const actions = await site.ask('audit.list', { limit: 100 });
	const done = actions.filter(({ operation }) => operation === 'device.quarantine');
	assert.deepEqual(
		done.map(({ who, result }) => [who, result]),
		[['reader robot of hall', 'done']],
	);
});

test('a scope is changed at once, a certificate is followed by another without a gap, and revocation ends all of them', async () => {
	const first = robot;
	await site.apply(policy('device.release'));
	assert.equal(await call(first, 'device.release', probe), '200');
	assert.equal(await call(first, 'device.quarantine', probe), refused);
	// With another key, which is certified under the certificate in use (RFC 7030 §4.2.2).
	const second = await reenrol(first);
	for (const one of [first, second]) assert.equal(await call(one, 'device.release', probe), '409 device-state');
	assert.equal(await call(first, 'device.release', probe), '401 certificate-revoked', 'a copy of the key of before');
	assert.equal(await call(second, 'device.release', probe), '409 device-state');
	await site.ask('principal.revoke', { kind: 'reader', application: 'hall', id: 'robot', reason: 'stolen' });
	assert.equal(await call(second, 'device.release', probe), '401 certificate-revoked');
});
