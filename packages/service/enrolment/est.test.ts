import assert from 'node:assert/strict';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { days } from '@keyward/core';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import {
	buildCsr,
	decodeBase64,
	decodeCertsOnly,
	encodePem,
	isIssuedBy,
	parseCsr,
	readCertificate,
} from '@keyward/core/format';
import { createFileKey, exposePrivateKeyForTls } from '@keyward/custody';
import { openEstSite } from './est-site.fixture.ts';
import { base64, basic, json, openEst } from './est.fixture.ts';
import { overTls } from './est-connection.fixture.ts';

const certificatesIn = (text: string): Uint8Array[] => decodeCertsOnly(decodeBase64(text, 'certificate-malformed'));

test('cacerts, simpleenroll and simplereenroll, with and without a label', async (t) => {
	const { folder, call, expect, authority, site, clock } = await openEst(t);
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
	// RFC 7030 §4.2.3: the certificate alone; its issuer is among the CA certificates.
	const [leaf, ...others] = certificatesIn(enrolled.text);
	assert.ok(leaf && others.length === 0);
	const issuing = certificatesIn(authorities.text).find((one) => isIssuedBy(leaf, one));
	assert.ok(issuing);

	const identity = {
		cert: [leaf, issuing].map((der) => encodePem('CERTIFICATE', der)).join(''),
		key: await exposePrivateKeyForTls(join(folder, 'keys'), 'probe'),
	};
	const subject = principalSubject({ kind: 'device', application: 'hall', id: 'probe-1' });
	const asked = base64(await buildCsr({ subject }, key));
	const early = await call('POST', '/hall/simplereenroll', identity, asked);
	assert.equal(early.status, 200, early.text);
	assert.equal(early.text, enrolled.text, 'more than a third of its life is left');
	clock.offset = days(21);
	const renewed = await call('POST', '/hall/simplereenroll', identity, asked);
	assert.equal(renewed.status, 200, renewed.text);
	const [next] = certificatesIn(renewed.text);
	assert.ok(next && readCertificate(next).serial !== readCertificate(leaf).serial);
	assert.deepEqual(readCertificate(next).publicKey, key.publicKey);

	const anonymous = await call('POST', '/simplereenroll', {}, csr);
	assert.equal(anonymous.status, 401);
	assert.match(anonymous.text, /^not-authenticated: /);
	assert.ok(site.url.startsWith('https://localhost:'));
});

test('refusals: 401 with a challenge, 400 and 403 with code and reason, in text or JSON, and never the token', async (t) => {
	const { folder, call, expect } = await openEst(t);
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
	const { folder, call } = await openEst(t);
	const foreign = await openEstSite(join(folder, 'foreign'));
	t.after(() => foreign.close());
	const key = await createFileKey(join(folder, 'keys'), 'probe', 'P-256');
	const { token } = parseCommissioning((await foreign.registrar.expectDevice('hall', 'probe-1')).commissioning);
	const csr = await buildCsr({ subject: [] }, key);
	const chain = await foreign.registrar.enrol(parseCsr(csr), token, overTls);
	const identity = {
		cert: chain.map((der) => encodePem('CERTIFICATE', der)).join(''),
		key: await exposePrivateKeyForTls(join(folder, 'keys'), 'probe'),
	};
	const answer = await call('POST', '/simplereenroll', identity, base64(csr));
	assert.equal(answer.status, 401);
	assert.match(answer.text, /^not-authenticated: /);
});

test('csrattrs; paths that are not served, and methods that are not, each with a sentence, each counted', async (t) => {
	const { call, refused } = await openEst(t);
	for (const path of ['/csrattrs', '/hall/csrattrs']) {
		const { status, headers, text } = await call('GET', path);
		assert.equal(status, 200);
		assert.equal(headers['content-type'], 'application/csrattrs');
		assert.equal(decodeBase64(text, 'internal')[0], 0x30);
	}
	assert.deepEqual(refused, []);
	const cases: [string, string, number, string, RegExp][] = [
		['GET', '/lab/cacerts', 404, 'no-such-thing', /"lab"/],
		['GET', '/lab/csrattrs', 404, 'no-such-thing', /"lab"/],
		['POST', '/serverkeygen', 404, 'no-such-thing', /never made on the server/],
		['POST', '/hall/fullcmc', 404, 'no-such-thing', /simpleenroll/],
		['GET', '/simpleenroll', 405, 'request-malformed', /takes POST, not GET/],
		['PUT', '/hall/simplereenroll', 405, 'request-malformed', /takes POST, not PUT/],
		['POST', '/cacerts', 405, 'request-malformed', /takes GET, not POST/],
	];
	for (const [method, path, status, code, said] of cases) {
		const answer = await call(method, path, json());
		assert.equal(answer.status, status, path);
		const told = JSON.parse(answer.text) as { code: string; detail: string };
		assert.equal(told.code, code);
		assert.match(told.detail, said);
		assert.equal(answer.headers['allow'], status === 405 ? said.source.slice(6, said.source.indexOf(',')) : undefined);
	}
	assert.equal((await call('HEAD', '/cacerts')).status, 405);
	assert.deepEqual(refused, [...cases.map(([, , , code]) => code), 'request-malformed']);
});

test('a label of another application is refused, before the token is spent; and so is a renewal under another name', async (t) => {
	const { folder, call, expect, refused } = await openEst(t);
	const key = await createFileKey(join(folder, 'keys'), 'probe', 'P-256');
	const csr = base64(await buildCsr({ subject: [] }, key));
	const token = await expect('probe-1');
	const astray = await call('POST', '/lab/simpleenroll', json(basic(token)), csr);
	assert.equal(astray.status, 404);
	assert.equal((JSON.parse(astray.text) as { code: string }).code, 'no-such-thing');
	const enrolled = await call('POST', '/hall/simpleenroll', basic(token), csr);
	assert.equal(enrolled.status, 200, enrolled.text);
	const identity = {
		cert: certificatesIn(enrolled.text)
			.map((der) => encodePem('CERTIFICATE', der))
			.join(''),
		key: await exposePrivateKeyForTls(join(folder, 'keys'), 'probe'),
	};
	for (const subject of [[], principalSubject({ kind: 'device', application: 'hall', id: 'probe-2' })]) {
		const other = base64(await buildCsr({ subject }, key));
		assert.equal((await call('POST', '/simplereenroll', identity, other)).status, 403);
	}
	assert.deepEqual(refused, ['no-such-thing', 'csr-subject', 'csr-subject']);
});
