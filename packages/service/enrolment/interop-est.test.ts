import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { connect } from 'node:tls';
import { days } from '@keyward/core';
import { parseCommissioning } from '@keyward/core/enrol';
import { encodePem } from '@keyward/core/format';
import { needs } from '@keyward/testing/debian';
import { openEst } from './est.fixture.ts';
import { caName } from '../revocation/status-addresses.ts';
import { run } from '@keyward/testing/service/run-program';
import { startSite } from '@keyward/testing/service/site';

// EST, CRL and OCSP as programs see them that nobody here wrote.

const open = async (t: TestContext) => {
	const est = await openEst(t);
	const { folder, authority, site } = est;
	const file = (name: string): string => join(folder, name);
	const [issuing] = await authority.issuers('hall');
	assert.ok(issuing !== undefined);
	await writeFile(file('service-ca.pem'), est.serviceCa);
	await writeFile(file('root.pem'), encodePem('CERTIFICATE', authority.siteRoot));
	await writeFile(file('issuing.pem'), encodePem('CERTIFICATE', issuing.certificate.der));

	const openssl = async (...words: string[]): Promise<string> => {
		const { status, said } = await run('openssl', words);
		assert.equal(status, 0, said);
		return said;
	};
	/** A P-256 key and a request for it, by openssl. */
	const makeRequest = async (id: string): Promise<void> => {
		const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file(`${id}.key`)];
		const subject = ['-subj', `/O=hall/CN=${id}/serialNumber=${id}`];
		await openssl('req', '-new', ...key, ...subject, '-outform', 'DER', '-out', file(`${id}.csr`));
		await openssl('base64', '-in', file(`${id}.csr`), '-out', file(`${id}.b64`));
	};
	const curl = [
		'-sS',
		'--fail-with-body',
		'--cacert',
		file('service-ca.pem'),
		'-H',
		'Content-Type: application/pkcs10',
	];
	const addressOf = (operation: string): string => `${site.url}/.well-known/est/hall/${operation}`;
	/** Certificates of a certs-only answer, as PEM. */
	const chainOf = async (answer: Buffer): Promise<string> => {
		await writeFile(file('answer.p7'), Buffer.from(answer.toString(), 'base64'));
		return openssl('pkcs7', '-inform', 'DER', '-in', file('answer.p7'), '-print_certs');
	};
	/** Enrols by curl; the chain lies in `<id>.pem` then. */
	const enrol = async (id: string): Promise<void> => {
		await makeRequest(id);
		await writeFile(file('curl.cnf'), `user = "est:${await est.expect(id)}"\n`, { mode: 0o600 });
		const body = ['--data-binary', `@${file(`${id}.b64`)}`];
		const { status, out, said } = await run('curl', [
			...curl,
			'-K',
			file('curl.cnf'),
			...body,
			addressOf('simpleenroll'),
		]);
		assert.equal(status, 0, said);
		await writeFile(file(`${id}.pem`), await chainOf(out));
	};
	const revoke = (id: string) =>
		est.registrar.revoke({ kind: 'device', application: 'hall', id }, 'stolen', 'keyCompromise');
	return { ...est, file, issuing, openssl, curl, addressOf, chainOf, enrol, revoke };
};

test('curl and openssl: cacerts, csrattrs, simpleenroll, simplereenroll', async (t) => {
	if (!needs(t, 'curl') || !needs(t, 'openssl')) return;
	const { file, openssl, curl, addressOf, chainOf, enrol, reported, clock } = await open(t);
	const authorities = await chainOf((await run('curl', [...curl, addressOf('cacerts')])).out);
	assert.equal(authorities.match(/BEGIN CERTIFICATE/g)?.length, 3);
	const attributes = Buffer.from((await run('curl', [...curl, addressOf('csrattrs')])).out.toString(), 'base64');
	const shown = await run('openssl', ['asn1parse', '-inform', 'DER'], { input: attributes });
	assert.match(shown.said, /prime256v1[^]*ecdsa-with-SHA256/);

	await enrol('probe-1');
	await openssl(
		'verify',
		'-CAfile',
		file('root.pem'),
		'-untrusted',
		file('issuing.pem'),
		'-purpose',
		'sslclient',
		file('probe-1.pem'),
	);
	const again = [...curl, '--cert', file('probe-1.pem'), '--key', file('probe-1.key')];
	const body = ['--data-binary', `@${file('probe-1.b64')}`];
	clock.offset = days(21);
	const renewed = await run('curl', [...again, ...body, addressOf('simplereenroll')]);
	assert.equal(renewed.status, 0, renewed.said);
	await writeFile(file('renewed.pem'), await chainOf(renewed.out));
	const serial = (name: string): Promise<string> => openssl('x509', '-in', file(name), '-noout', '-serial');
	assert.notEqual(await serial('renewed.pem'), await serial('probe-1.pem'));
	// RFC 7030 §4.2.2, told to a person.
	const refused = await run('curl', [...curl, ...body, addressOf('simplereenroll')]);
	assert.match(refused.said, /^not-authenticated: .*\n/);
	assert.deepEqual(reported, []);
});

test('strongSwan pki --est enrols and re-enrols', async (t) => {
	if (!needs(t, 'pki')) return;
	if (!needs(t, 'plugins/libstrongswan-openssl.so')) return;
	const { file, site, expect, refused, reported, clock } = await open(t);
	// Its TLS goes to 1.2 unless it is told otherwise.
	await writeFile(
		file('strongswan.conf'),
		'libtls {\n version_max = 1.3\n}\npki {\n load = random openssl pem pkcs1 pkcs8 x509 pubkey pkcs7 nonce\n}\n',
	);
	const pki = async (...words: string[]): Promise<Buffer> => {
		const { status, out, said } = await run('pki', words, { env: { STRONGSWAN_CONF: file('strongswan.conf') } });
		assert.equal(status, 0, said);
		return out;
	};
	await writeFile(file('key.der'), await pki('--gen', '--type', 'ecdsa', '--size', '256'));
	const name = ['--dn', 'O=hall, CN=probe-1, serialNumber=probe-1'];
	await writeFile(file('request.der'), await pki('--req', '--in', file('key.der'), '--type', 'ecdsa', ...name));
	// The token goes by a file of options: a command line is seen by everybody on the machine.
	await writeFile(file('options'), `--userpass "est:${await expect('probe-1')}"\n`, { mode: 0o600 });
	const est = ['--est', '--url', site.url, '--in', file('request.der'), '--cacert', file('service-ca.pem')];
	const anchors = ['--cacert', file('root.pem'), '--cacert', file('issuing.pem'), '--outform', 'pem'];
	await writeFile(file('first.pem'), await pki(...est, ...anchors, '--options', file('options')));
	const identity = ['--cert', file('first.pem'), '--key', file('key.der')];
	clock.offset = days(21);
	await writeFile(file('second.pem'), await pki(...est, ...anchors, ...identity));
	const shown = await pki('--print', '--in', file('second.pem'));
	assert.match(shown.toString(), /subject: +"O=hall, CN=probe-1, serialNumber=probe-1"/);
	assert.match(shown.toString(), /OCSP URIs: +http:\/\/localhost:\d+\/ocsp/);
	assert.notEqual(await readFile(file('first.pem'), 'utf8'), await readFile(file('second.pem'), 'utf8'));
	assert.deepEqual([refused, reported], [[], []]);
});

test('openssl ocsp: good, revoked with its reason, unknown, and an issuer that is none of ours; by GET too', async (t) => {
	if (!needs(t, 'curl') || !needs(t, 'openssl')) return;
	const { file, site, openssl, enrol, revoke, reported } = await open(t);
	await enrol('probe-1');
	await enrol('probe-2');
	const url = (await openssl('x509', '-in', file('probe-1.pem'), '-noout', '-ocsp_uri')).trim();
	assert.equal(url, `${site.statusUrl}/ocsp`);
	const chain = ['-issuer', file('issuing.pem'), '-CAfile', file('root.pem'), '-verify_other', file('issuing.pem')];
	const ask = async (...more: string[]): Promise<string> => {
		const { said } = await run('openssl', ['ocsp', '-url', url, ...chain, ...more]);
		assert.match(said, /Response verify OK/);
		assert.doesNotMatch(said, /nonce/i);
		return said;
	};
	const both = ['-cert', file('probe-1.pem'), '-cert', file('probe-2.pem'), '-serial', '0x4f00d'];
	assert.match(await ask(...both), /probe-1\.pem: good[^]*probe-2\.pem: good[^]*0x4f00d: unknown/);
	assert.equal(await revoke('probe-1'), 1);
	const after = await ask('-sha256', ...both);
	assert.match(after, /probe-1\.pem: revoked[^]*Reason: keyCompromise[^]*probe-2\.pem: good/);

	const foreign = await run('openssl', [
		...['ocsp', '-url', url, '-issuer', file('service-ca.pem'), '-cert', file('probe-1.pem')],
	]);
	assert.match(foreign.said, /unauthorized/);

	await openssl(
		'ocsp',
		'-issuer',
		file('issuing.pem'),
		'-cert',
		file('probe-2.pem'),
		'-no_nonce',
		'-reqout',
		file('ask.der'),
	);
	const question = encodeURIComponent((await readFile(file('ask.der'))).toString('base64'));
	const got = await run('curl', ['-sS', '-i', '-o', file('got.http'), `${url}/${question}`]);
	assert.equal(got.status, 0, got.said);
	const answer = await readFile(file('got.http'));
	const body = answer.indexOf('\r\n\r\n');
	assert.match(answer.subarray(0, body).toString(), /max-age=\d+[^]*application\/ocsp-response/);
	await writeFile(file('got.der'), answer.subarray(body + 4));
	assert.match(
		await openssl(
			'ocsp',
			'-respin',
			file('got.der'),
			'-CAfile',
			file('root.pem'),
			'-verify_other',
			file('issuing.pem'),
			'-resp_text',
		),
		/Cert Status: good/,
	);
	assert.deepEqual(reported, []);
});

test('openssl verify -crl_check, with the list fetched from where the certificate says; openssl crl', async (t) => {
	if (!needs(t, 'curl') || !needs(t, 'openssl')) return;
	const { file, site, issuing, openssl, enrol, revoke, status, reported } = await open(t);
	await enrol('probe-1');
	await enrol('probe-2');
	const verify = (...more: string[]) =>
		run('openssl', ['verify', '-CAfile', file('root.pem'), '-untrusted', file('issuing.pem'), ...more]);
	const download = ['-crl_check', '-crl_download'];
	for (const id of ['probe-1', 'probe-2']) {
		const { status: code, said } = await verify(...download, file(`${id}.pem`));
		assert.equal(code, 0, said);
	}
	await revoke('probe-1');
	let revoked = await verify(...download, file('probe-1.pem'));
	while (revoked.status === 0) revoked = await verify(...download, file('probe-1.pem'));
	assert.match(revoked.said, /certificate revoked/);
	assert.equal((await verify(...download, file('probe-2.pem'))).status, 0);

	// The whole chain, with the site root's list beside.
	const [root] = status.lists.all().filter(({ name }) => name !== caName(issuing.certificate));
	await run('curl', ['-sS', '-o', file('root.crl'), `${site.statusUrl}/crl/${root?.name}.crl`]);
	await run('curl', ['-sS', '-o', file('hall.crl'), `${site.statusUrl}/crl/${caName(issuing.certificate)}.crl`]);
	const lists = ['-CRLfile', file('root.crl'), '-CRLfile', file('hall.crl')];
	assert.equal((await verify('-crl_check_all', ...lists, file('probe-2.pem'))).status, 0);
	assert.match((await verify('-crl_check_all', ...lists, file('probe-1.pem'))).said, /certificate revoked/);
	const shown = await openssl(
		'crl',
		'-in',
		file('hall.crl'),
		'-inform',
		'DER',
		'-noout',
		'-text',
		'-CAfile',
		file('issuing.pem'),
	);
	assert.match(shown, /verify OK/);
	assert.match(shown, /X509v3 CRL Number:[^]*Serial Number: [0-9A-F]{32}[^]*Key Compromise/);

	// The issuing CA where the certificate says that it is (RFC 5280 §4.2.2.1).
	await run('curl', ['-sS', '-o', file('ca.cer'), `${site.statusUrl}/ca/${caName(issuing.certificate)}.cer`]);
	assert.deepEqual(await readFile(file('ca.cer')), Buffer.from(issuing.certificate.der));
	assert.deepEqual(reported, []);
});

test('curl -0, which offers http/1.0 alone by ALPN, enrols with a site', async (t) => {
	if (!needs(t, 'curl') || !needs(t, 'openssl')) return;
	const site = await startSite(t, { linkWorkers: 0 });
	const { serviceCaFile } = await site.commissionReader('hall', 'desk');
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
	const file = (name: string): string => join(site.folder, name);
	await writeFile(file('curl.cnf'), `user = "est:${parseCommissioning(commissioning).token}"\n`, { mode: 0o600 });
	const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file('probe.key')];
	const subject = ['-subj', '/O=hall/CN=probe-1/serialNumber=probe-1'];
	const { status, said } = await run('openssl', [
		'req',
		'-new',
		...key,
		...subject,
		'-outform',
		'DER',
		'-out',
		file('csr'),
	]);
	assert.equal(status, 0, said);
	await writeFile(file('csr.b64'), (await readFile(file('csr'))).toString('base64'));

	const ask = async (version: string, operation: string, ...more: string[]): Promise<string> => {
		const url = `${site.url}/.well-known/est/hall/${operation}`;
		const asked = await run('curl', [
			'-v',
			version,
			'-sS',
			'--fail-with-body',
			'--cacert',
			serviceCaFile,
			...more,
			url,
		]);
		assert.equal(asked.status, 0, asked.said);
		return asked.said;
	};
	const old = await ask('-0', 'cacerts');
	assert.match(old, /> GET [^ ]+ HTTP\/1\.0\r?\n/);
	assert.match(old, /ALPN: server accepted http\/1\.[01]/);
	const body = [
		'-K',
		file('curl.cnf'),
		'-H',
		'Content-Type: application/pkcs10',
		'--data-binary',
		`@${file('csr.b64')}`,
	];
	assert.match(await ask('-0', 'simpleenroll', ...body), /smime-type=certs-only/);
	assert.match(await ask('--http1.1', 'cacerts'), /ALPN: server accepted http\/1\.1/);

	// Later curls offer http/1.1 for -0 as well.
	const ca = await readFile(serviceCaFile, 'utf8');
	for (const protocol of ['http/1.0', 'http/1.1']) {
		const socket = connect({ host: 'localhost', port: site.httpsPort, ca, ALPNProtocols: [protocol, 'h2'] });
		await once(socket, 'secureConnect');
		assert.equal(socket.alpnProtocol, protocol);
		socket.destroy();
	}
	// RFC 7301 §3.2: what offers only protocols that are not spoken here is told so in the handshake.
	const stranger = connect({ host: 'localhost', port: site.httpsPort, ca, ALPNProtocols: ['h2'] });
	await assert.rejects(once(stranger, 'secureConnect'), { code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' });
});
