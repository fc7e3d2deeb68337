import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseCommissioning } from '@keyward/core/enrol';
import { buildCsr, decodeBase64, decodeCertsOnly, encodePem, isIssuedBy, readCertificate } from '@keyward/core/format';
import { createFileKey, exposePrivateKeyForTls } from '@keyward/custody';
import { needs } from '../../../scripts/lib/debian.ts';
import { openEstSite } from '../testing/est-site.ts';

const basic = (token: string) => ({
	headers: { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
});

const open = async (t: TestContext) => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-est-'));
	const est = await openEstSite(join(folder, 'site'));
	t.after(async () => {
		await est.close();
		await rm(folder, { recursive: true, force: true });
	});
	const serviceCa = encodePem('CERTIFICATE', est.authority.serviceCa.der);

	const call = (method: string, path: string, options: RequestOptions = {}, body?: string | Buffer) =>
		new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
			const request = httpsRequest(
				`${est.site.url}/.well-known/est${path}`,
				{ method, ca: serviceCa, agent: false, ...options },
				(answer) => {
					const parts: Buffer[] = [];
					answer.on('data', (part: Buffer) => parts.push(part));
					answer.on('end', () =>
						resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString() }),
					);
				},
			);
			request.on('error', reject);
			request.end(body);
		});

	const expect = async (id: string): Promise<string> =>
		parseCommissioning((await est.life.expectDevice('hall', id)).commissioning).token;
	return { ...est, folder, serviceCa, call, expect };
};

const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64');
const certificatesIn = (text: string): Uint8Array[] => decodeCertsOnly(decodeBase64(text, 'certificate-malformed'));

test('cacerts, simpleenroll and simplereenroll, with and without a label', async (t) => {
	const { folder, call, expect, authority, site } = await open(t);
	const authorities = await call('GET', '/cacerts');
	assert.equal(authorities.status, 200);
	assert.match(String(authorities.headers['content-type']), /^application\/pkcs7-mime/);
	assert.deepEqual(certificatesIn(authorities.text), authority.certificates());

	const key = await createFileKey(join(folder, 'keys'), 'probe', 'P-256');
	const csr = base64(await buildCsr({ subject: [] }, key));
	const enrolled = await call(
		'POST',
		'/hall/simpleenroll',
		basic(await expect('probe-1')),
		csr.replace(/(.{64})/g, '$1\r\n'),
	);
	assert.equal(enrolled.status, 200, enrolled.text);
	assert.equal(enrolled.headers['content-type'], 'application/pkcs7-mime; smime-type=certs-only');
	assert.ok(!enrolled.text.includes('\n'));
	const [leaf, issuing] = certificatesIn(enrolled.text);
	assert.ok(leaf && issuing && isIssuedBy(leaf, issuing));

	const identity = {
		cert: [leaf, issuing].map((der) => encodePem('CERTIFICATE', der)).join(''),
		key: await exposePrivateKeyForTls(join(folder, 'keys'), 'probe'),
	};
	const renewed = await call('POST', '/simplereenroll', identity, csr);
	assert.equal(renewed.status, 200, renewed.text);
	const [next] = certificatesIn(renewed.text);
	assert.ok(next && readCertificate(next).serial !== readCertificate(leaf).serial);
	assert.deepEqual(readCertificate(next).publicKey, key.publicKey);

	const anonymous = await call('POST', '/simplereenroll', {}, csr);
	assert.equal(anonymous.status, 401);
	assert.match(anonymous.text, /^not-authenticated: /);
	assert.ok(site.url.startsWith('https://localhost:'));
});

const json = (options: RequestOptions): RequestOptions => ({
	...options,
	headers: { ...(options.headers as Record<string, string> | undefined), accept: 'application/json' },
});

test('refusals: 401 with a challenge, 400 and 403 with code and reason, in text or JSON, and never the token', async (t) => {
	const { folder, call, expect } = await open(t);
	const key = await createFileKey(join(folder, 'keys'), 'probe', 'P-256');
	const csr = base64(await buildCsr({ subject: [] }, key));
	const token = await expect('probe-1');

	const cases: [string, RequestOptions, string | undefined, number, string][] = [
		['no credentials', {}, csr, 401, 'not-authenticated'],
		['a guess', basic('guess'), csr, 401, 'token-unknown'],
		['no body', basic(token), undefined, 400, 'csr-malformed'],
		['not base64', basic(token), '-----BEGIN-----', 400, 'csr-malformed'],
		['not a request', basic(token), base64(new Uint8Array(64)), 400, 'csr-malformed'],
		['too long', basic(token), 'A'.repeat(40_000), 413, 'packet-too-large'],
		['another name', basic(token), base64(await buildCsr({ subject: [['CN', 'probe-2']] }, key)), 403, 'csr-subject'],
		[
			'another connection',
			basic(token),
			base64(await buildCsr({ subject: [], challengePassword: 'AAAA' }, key)),
			400,
			'csr-signature',
		],
	];
	for (const [what, options, body, status, code] of cases) {
		const answer = await call('POST', '/simpleenroll', json(options), body);
		assert.equal(answer.status, status, what);
		assert.equal((JSON.parse(answer.text) as { code: string }).code, code, what);
		assert.equal(answer.headers['www-authenticate'] !== undefined, status === 401, what);
		assert.ok(!answer.text.includes(token));
	}
	assert.match((await call('POST', '/simpleenroll', basic('guess'), csr)).text, /^token-unknown: /);
	// The service is not the worse for it, and the token is still good.
	assert.equal((await call('POST', '/simpleenroll', basic(token), csr)).status, 200);
	const other = await createFileKey(join(folder, 'keys'), 'other', 'P-256');
	const second = await call('POST', '/simpleenroll', basic(token), base64(await buildCsr({ subject: [] }, other)));
	assert.equal(second.status, 401);
	assert.equal((await call('POST', '/serverkeygen', basic(token), csr)).status, 404);
});

test('a certificate by another authority, or one that names itself, is nobody here', async (t) => {
	const { folder, call } = await open(t);
	const foreign = await openEstSite(join(folder, 'foreign'));
	t.after(() => foreign.close());
	const key = await createFileKey(join(folder, 'keys'), 'probe', 'P-256');
	const { token } = parseCommissioning((await foreign.life.expectDevice('hall', 'probe-1')).commissioning);
	const csr = await buildCsr({ subject: [] }, key);
	const chain = await foreign.life.enrol(csr, token);
	const identity = {
		cert: chain.map((der) => encodePem('CERTIFICATE', der)).join(''),
		key: await exposePrivateKeyForTls(join(folder, 'keys'), 'probe'),
	};
	const answer = await call('POST', '/simplereenroll', identity, base64(csr));
	assert.equal(answer.status, 401);
	assert.match(answer.text, /^not-authenticated: /);
});

/** Runs a program without blocking the server in this process. */
const run = (program: string, args: readonly string[]) =>
	new Promise<{ status: number | null; out: string; err: string }>((resolve) => {
		const child = spawn(program, args);
		let [out, err] = ['', ''];
		child.stdout.on('data', (part: Buffer) => (out += part.toString()));
		child.stderr.on('data', (part: Buffer) => (err += part.toString()));
		child.on('close', (status) => resolve({ status, out, err }));
	});

test('openssl and curl, which nobody here wrote, enrol', async (t) => {
	if (!needs(t, 'curl', 'curl')) return;
	const { folder, serviceCa, site, expect } = await open(t);
	const file = (label: string): string => join(folder, label);
	await writeFile(file('service-ca.pem'), serviceCa);
	const made = await run('openssl', [
		'req',
		'-new',
		'-newkey',
		'ec',
		'-pkeyopt',
		'ec_paramgen_curve:prime256v1',
		'-nodes',
		'-subj',
		'/CN=probe-1',
		'-keyout',
		file('key.pem'),
		'-outform',
		'DER',
		'-out',
		file('req.der'),
	]);
	assert.equal(made.status, 0, made.err);
	await run('openssl', ['base64', '-in', file('req.der'), '-out', file('req.b64')]);
	await writeFile(file('curl.cnf'), `user = "est:${await expect('probe-1')}"\n`, { mode: 0o600 });
	const est = `${site.url}/.well-known/est`;
	const tls = ['-sS', '--fail-with-body', '--cacert', file('service-ca.pem')];
	const enrolled = await run('curl', [
		...tls,
		'-K',
		file('curl.cnf'),
		'-H',
		'Content-Type: application/pkcs10',
		'--data-binary',
		`@${file('req.b64')}`,
		'-o',
		file('out.b64'),
		`${est}/simpleenroll`,
	]);
	assert.equal(enrolled.status, 0, enrolled.err + (await readFile(file('out.b64'), 'utf8').catch(() => '')));
	await run('openssl', ['base64', '-d', '-A', '-in', file('out.b64'), '-out', file('out.p7')]);
	const chain = await run('openssl', [
		'pkcs7',
		'-inform',
		'DER',
		'-in',
		file('out.p7'),
		'-print_certs',
		'-out',
		file('chain.pem'),
	]);
	assert.equal(chain.status, 0, chain.err);
	const renewed = await run('curl', [
		...tls,
		'--cert',
		file('chain.pem'),
		'--key',
		file('key.pem'),
		'-H',
		'Content-Type: application/pkcs10',
		'--data-binary',
		`@${file('req.b64')}`,
		'-o',
		file('again.b64'),
		'-w',
		'%{http_code}',
		`${est}/simplereenroll`,
	]);
	assert.equal(renewed.out, '200', renewed.err);
});
