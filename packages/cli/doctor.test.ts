import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import type { Check } from './doctor/check.ts';
import { examine } from './doctor/examine.ts';
import { checkNode } from './doctor/machine.ts';
import { days } from '@keyward/core';
import { keyward, keywardAlone, start } from './keyward.fixture.ts';

let folder: string;
let data: string;

/** As the verb looks, in this process. */
const doctor = (file = join(data, 'site.yaml'), now = Date.now()): Promise<Check[]> =>
	examine({ data, file, named: true }, now);

const findings = (checks: readonly Check[]): string[] =>
	checks.filter(({ state }) => state === 'finding').map(({ check }) => check);

const of = (checks: readonly Check[], check: string): Check => {
	const found = checks.find((one) => one.check === check);
	assert.ok(found, `${check} is not among ${checks.map((one) => one.check).join(', ')}`);
	return found;
};

before(async () => {
	folder = temporaryFolder('kw-');
	data = join(folder, 'site');
});

test('init writes a site file that doctor holds, makes the folder private, and never writes over one', async () => {
	await mkdir(data, { mode: 0o755 });
	const made = await keyward(['init', '--yes'], data);
	assert.equal(made.status, 0, made.stderr);
	assert.match(made.stdout, /keyward serve .*\n.*keyward policy apply.*\n.*keyward device expect/);
	const file = join(data, 'site.yaml');
	assert.deepEqual([(await stat(data)).mode & 0o777, (await stat(file)).mode & 0o777], [0o700, 0o600]);
	const text = await readFile(file, 'utf8');
	const again = await keyward(['init', '--yes', '--json'], data);
	assert.equal(again.status, 2);
	assert.match((JSON.parse(again.stderr) as { detail: string }).detail, /is there already and is left as it is/);
	assert.equal(await readFile(file, 'utf8'), text);
	// Ports that are free on this machine, whatever else runs on it.
	await writeFile(file, text.replace('https: 8443', 'https: 0').replace('port: 8883', 'port: 0'));
	const checks = await doctor();
	assert.deepEqual(findings(checks), []);
	assert.equal(of(checks, 'site file').said, file);
	for (const { state, mend } of checks) assert.equal(mend === null, state !== 'finding');
	const elsewhere = await keyward(['init', '--yes', '--json', '--site', join(folder, 'etc', 'my.yaml')], data);
	assert.equal((JSON.parse(elsewhere.stdout) as { site: string }).site, join(folder, 'etc', 'my.yaml'));
});

test('a wrong site file is told by line and column, to doctor and to serve, and nothing starts', async () => {
	const file = join(folder, 'wrong.yaml');
	await writeFile(file, 'nmae: x\nports: { https: 99999 }\n');
	const checks = await doctor(file);
	assert.deepEqual(
		checks.filter(({ check }) => check === 'site file').map(({ said }) => said.replace(`${file}:`, '')),
		[
			'1:1 the site file has no key "nmae"; did you mean "name"?',
			'2:17 https of ports must be a port from 1 to 65535, or 0 for one that the system chooses, not 99999',
		],
	);
	const served = await keyward(['serve', '--site', file], data);
	assert.equal(served.status, 2);
	assert.match(served.stderr, /wrong\.yaml:1:1 .*\n.*wrong\.yaml:2:17/);
	assert.equal((await keyward(['serve', '--site', join(folder, 'absent.yaml')], data)).status, 2);
});

test('an anchor that cannot be read, or is no CA, is a finding', async () => {
	const pem = (name: string, ca: boolean): string => {
		const path = join(folder, `${name}.pem`);
		const { status, stderr } = spawnSync('openssl', [
			...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`],
			...['-addext', `basicConstraints=critical,CA:${ca ? 'TRUE' : 'FALSE'}`, '-keyout', '/dev/null', '-out', path],
		]);
		assert.equal(status, 0, String(stderr));
		return path;
	};
	const root = pem('root', true);
	pem('leaf', false);
	await writeFile(join(folder, 'text.pem'), 'hello');
	const file = join(folder, 'manufacturers.yaml');
	const said = async (anchor: string): Promise<Check> => {
		await writeFile(file, `manufacturers: [{ name: Acme, anchors: [${anchor}] }]\n`);
		return of(await doctor(file), 'site file');
	};
	assert.equal((await said('root.pem')).state, 'held');
	assert.equal((await said(root)).state, 'held');
	assert.match((await said('leaf.pem')).said, /leaf\.pem, an anchor of Acme, is no CA certificate/);
	assert.match((await said('text.pem')).said, /holds no certificate/);
	assert.match((await said('absent.pem')).said, /cannot be read \(ENOENT\)/);
});

test('an open folder, a port that is taken, and a secret that others may read are findings with what to do', async () => {
	const taken = createServer().listen(0, '127.0.0.1');
	await once(taken, 'listening');
	const { port } = taken.address() as AddressInfo;
	const file = join(folder, 'ports.yaml');
	await writeFile(join(folder, 'alerts.secret'), 'x'.repeat(40), { mode: 0o644 });
	await writeFile(
		file,
		`ports: { https: ${port}, mqtt: [{ port: 0, floor: tls1.3 }] }\nalerts: { url: "https://a.example/", secret-file: alerts.secret }\n`,
	);
	await chmod(data, 0o750);
	const checks = await doctor(file);
	await chmod(data, 0o700);
	taken.close();
	assert.match(of(checks, `port ${port}`).said, /another program listens there/);
	assert.match(of(checks, 'data folder').mend ?? '', /^chmod 700/);
	assert.match(of(checks, 'alerts').said, /alerts\.secret has mode 644: run chmod 600/);
	assert.match(checkNode('20.11.0').said, /too old/);
	const shown = await keyward(['doctor', '--site', file], data);
	assert.equal(shown.status, 1);
	assert.match(shown.stdout, /\nTo do:\n {2}alerts: /);
	const machine = await keyward(['doctor', '--json'], data);
	assert.deepEqual([machine.status, Object.keys(JSON.parse(machine.stdout) as object)], [0, ['checks']]);
});

test('a running site is asked: its ports, its links, its health, its metrics; then the closed one is looked at', async () => {
	const site: ChildProcess = start(
		['serve', '--json', '--listener', '0:tls1.3-pq', '--listener', '0:tls1.2-aead'],
		data,
	);
	let logged = '';
	site.stderr?.setEncoding('utf8').on('data', (text: string) => (logged += text));
	let text = '';
	for await (const part of site.stdout?.setEncoding('utf8') ?? []) {
		text += part;
		if (text.endsWith('}\n')) break;
	}
	const { mqtt } = JSON.parse(text) as { mqtt: { url: string; floor: string }[] };
	assert.deepEqual(
		mqtt.map(({ floor }) => floor),
		['tls1.3', 'tls1.3-pq', 'tls1.2-aead'],
	);
	const checks = await doctor();
	assert.deepEqual(findings(checks), []);
	assert.match(of(checks, 'store').said, /in use by the running site \(process \d+\), which is ready/);
	assert.match(of(checks, 'ports').said, /as declared, and on no other/);
	for (const { url, floor } of mqtt)
		assert.match(of(checks, `link on ${new URL(url).port}`).said, new RegExp(`^${floor} or stronger`));
	assert.match(of(checks, 'keys').said, /key files open and match/);

	const ask = async (path: string): Promise<[number | undefined, string]> => {
		const sent = request({ socketPath: join(data, 'keyward.sock'), path, agent: false }).end();
		const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
		let body = '';
		for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) body += part;
		return [response.statusCode, body];
	};
	assert.deepEqual(await ask('/healthz'), [200, '{"status":"ok","reasons":[]}']);
	assert.match((await ask('/metrics'))[1], /^keyward_ready 1$/m);
	const alerts = await keyward(['alerts', 'test'], data);
	assert.equal(alerts.status, 1);
	assert.match(alerts.stdout, /names no webhook/);

	const ended = once(site, 'exit');
	site.kill('SIGTERM');
	assert.deepEqual(await ended, [0, null], logged);
	const closed = await doctor();
	assert.deepEqual(findings(closed), []);
	assert.match(of(closed, 'store').said, /^whole, \d+ MiB, version \d+/);
	// A clock that stands before what the site has seen; a certificate that has ended.
	assert.deepEqual(findings(await doctor(undefined, Date.now() - days(1))), ['clock']);
	assert.deepEqual(findings(await doctor(undefined, Date.now() + days(400))), ['TLS certificate']);
	// A key of another certificate, a seal that others may read, a file that is no database.
	const service = join(data, 'authority', 'service.pem');
	const kept = await readFile(service);
	await writeFile(service, await readFile(join(data, 'authority', 'site-root.pem')));
	assert.match(of(await doctor(), 'keys').said, /service\.pem is not the certificate of its key/);
	await writeFile(service, kept);
	// The store says that this CA counts.
	const issuing = join(data, 'authority', 'keys', 'service-ca.key');
	const issuingKey = await readFile(issuing);
	await rm(issuing);
	assert.match(of(await doctor(), 'CAs').said, /service-ca\.key is gone/);
	await writeFile(issuing, issuingKey, { mode: 0o600 });
	assert.equal(of(await doctor(), 'CAs').state, 'held');
	// Root looks at what belongs to the user of the service: it cannot tell, and advises no restore.
	if (process.getuid?.() === 0) {
		const folders = [join(data, 'authority'), join(data, 'encryption')];
		for (const one of folders) await chown(one, 10_001, 10_001);
		const seen = await doctor();
		assert.deepEqual(findings(seen), []);
		for (const check of ['keys', 'encryption of readings'])
			assert.match(of(seen, check).said, /belong to user 10001.*run doctor as the user who runs the site/, check);
		for (const one of folders) await chown(one, 0, 0);
	}
	const seal = join(data, 'authority', 'seal.key');
	await chmod(seal, 0o644);
	assert.match(of(await doctor(), 'seal').said, /mode 644/);
	// Such a site does not start, and says why, and ends.
	const refused = await keywardAlone(['serve', '--json'], data);
	assert.deepEqual([refused.status, (JSON.parse(refused.stderr) as { code: string }).code], [2, 'key-file']);
	await chmod(seal, 0o600);
	// Rows that a start needs: what it would say is a finding before it.
	const sqlite = join(data, 'keyward.sqlite');
	const whole = await readFile(sqlite);
	for (const [table, said] of [
		['settled', /lost the row of its table settled/],
		['forgotten', /lost the row of its table forgotten/],
	] as const) {
		const db = new DatabaseSync(sqlite);
		db.exec(`DELETE FROM ${table}`);
		db.close();
		const store = of(await doctor(), 'store');
		assert.deepEqual([store.state, store.mend], ['finding', 'restore the data folder from a backup'], table);
		assert.match(store.said, said);
		// A start opens the store as doctor does: one shows it for both.
		if (table === 'settled') assert.equal((await keywardAlone(['serve', '--json'], data)).status, 2);
		await writeFile(sqlite, whole);
	}
	assert.deepEqual(findings(await doctor()), []);
	await writeFile(sqlite, 'not a database');
	assert.equal(of(await doctor(), 'store').state, 'finding');
});
