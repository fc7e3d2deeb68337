import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { hex } from './scan.fixture.ts';
import { privateKey, secret, sharingForTests } from './sharing.fixture.ts';

// What is kept more than once for one holder, and what a whole network has because it is made so: never more than a low finding.

const { sharing } = sharingForTests();

const places = (names: readonly string[], content: string) => Object.fromEntries(names.map((name) => [name, content]));

test('a private key in backups by date, in copies of a project or among tests is a low finding; in two other folders high', async () => {
	for (const names of [
		['backups/2025-01-01/gw-1/tls.key', 'backups/2025-02-01/gw-1/tls.key', 'backups/20250301/gw-1/tls.key'],
		['fw/device.key', 'fw (copy)/device.key', 'fw-old/device.key', 'fw.bak/device.key', 'fw-2025-01-31/device.key'],
		['gw-1/tls.key', 'backup/gw-1/tls.key', 'gw-1/tls.key.bak'],
		['test/fixtures/server.key', 'test/e2e/server.key', 'test/examples/certs/client.key'],
		['tests/test_tls.py', 'tests/__pycache__/test_tls.cpython-312.pyc'],
	])
		assert.match((await sharing(places(names, privateKey()))).join(), /^low: [^,]+: (?:by|they)/, names.join());
	for (const names of [
		['hall/device.key', 'yard/device.key'],
		['test/a/device.key', 'test/b/device.key'],
		['old/a.key', 'new/b.key'],
	])
		assert.match((await sharing(places(names, privateKey()))).join(), /^high: /, names.join());
	const two = places(['backup/pump-1/tls.key', 'backup/pump-2/tls.key'], privateKey());
	assert.match((await sharing(two)).join(), /^critical: /);
});

test('a PSK in copies of one file or in documentation is a low finding, on one machine none, in two other folders medium', async () => {
	const psk = `psk = "${secret()}"\n`;
	assert.match((await sharing(places(['fw/psk.h', 'fw (copy)/psk.h', 'fw.bak/psk.h'], psk))).join(), /^low: /);
	assert.match((await sharing({ 'README.md': psk + psk, 'docs/api.md': psk })).join(), /^low: /);
	assert.deepEqual(await sharing(places(['hut/etc/app.conf', 'hut/var/lib/app.conf', 'hut/opt/a/.env'], psk)), []);
	assert.match((await sharing(places(['hut/app.conf', 'yard/app.conf'], psk))).join(), /^medium: /);
	assert.match((await sharing(places(['pump-1/etc/app.conf', 'pump-2/etc/app.conf'], psk))).join(), /^critical: /);
});

test('a key of TSIG belongs to both ends that call it so; a key of rndc on two servers is shared', async () => {
	const key = (name: string, written: string) =>
		`key "${name}" {\n\talgorithm hmac-sha256;\n\tsecret "${written}";\n};\n`;
	const link = key('ns1-ns2', randomBytes(32).toString('base64'));
	assert.deepEqual(await sharing({ 'ns1/named.keys': link, 'ns2/named.keys': link }), []);
	const rndc = key('rndc-key', randomBytes(32).toString('base64'));
	assert.equal((await sharing({ 'ns1/rndc.key': rndc, 'ns2/rndc.key': rndc })).length, 1);
});

test('two datasets of one Thread network are a low finding, one key in two networks is critical', async () => {
	const dataset = (panId: string, key: string) =>
		`0e080000000000010000000300000f35060004001fffe00208${panId}0708fd${hex(randomBytes(7))}0510${key}030470756d70010212340c0402a0f7f8\n`;
	const [one, other, key] = [hex(randomBytes(8)), hex(randomBytes(8)), secret()];
	const both = (first: string, second: string) =>
		sharing({ 'router-1/dataset.txt': dataset(first, key), 'router-2/dataset.txt': dataset(second, key) });
	assert.match((await both(one, one)).join(), /^low: 2 datasets of one Thread network/);
	assert.match((await both(one, other)).join(), /^critical: 2 devices/);
});

test('the key of one Zigbee network beside its backup is one, in two houses it is shared', async () => {
	const octets = randomBytes(16);
	const settings = `advanced:\n  network_key: [${[...octets].join(', ')}]\n`;
	const backup = JSON.stringify({ network_key: { key: hex(octets), sequence_number: 0 } });
	assert.deepEqual(await sharing({ 'configuration.yaml': settings, 'coordinator_backup.json': backup }), []);
	assert.equal((await sharing({ 'a/configuration.yaml': settings, 'b/coordinator_backup.json': backup })).length, 1);
});

test('a key of tls-auth or tls-crypt, which OpenVPN gives to all, is a low finding; one for a link on two devices is critical', async () => {
	const key = `-----BEGIN OpenVPN Static key V1-----\n${Array.from({ length: 16 }, secret).join('\n')}\n-----END OpenVPN Static key V1-----\n`;
	const inline = (tag: string) => `client\n<${tag}>\n${key}</${tag}>\n`;
	for (const [name, content] of [
		['ta.key', key],
		['client.ovpn', inline('tls-crypt')],
		['client.ovpn', inline('tls-auth')],
	] as const)
		assert.match((await sharing(places([`pump-1/${name}`, `pump-2/${name}`], content))).join(), /^low: One key of tls/);
	const link = places(['pump-1/a.ovpn', 'pump-2/a.ovpn'], inline('secret'));
	assert.match((await sharing(link)).join(), /^critical: /);
});

test('what forms and translations call a key is no key', async () => {
	const words = (psk: string) => JSON.stringify({ psk, title: 'x' });
	for (const title of ['Pre-shared key', 'Shared secret', 'Vorinstallierter Schlüssel', 'Clé partagée', 'PSK'])
		assert.deepEqual(await sharing({ 'en.json': words(title), 'de.json': words(title) }), [], title);
	assert.equal((await sharing({ 'en.json': words('open sesame'), 'de.json': words('open sesame') })).length, 1);
});
