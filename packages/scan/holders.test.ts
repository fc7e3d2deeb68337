import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { createChecks, type Finding } from '@keyward/core/keycheck';
import { needs } from '@keyward/testing/debian';
import { scan } from './index.ts';
import { folderForTests, hex } from './scan.fixture.ts';

// Who holds a key: anyone whom a file names. Copies and the two ends of a link are places and no holders.

const { path, write, run } = folderForTests();

/** Severity and detail of each finding about sharing among these files, written into a folder that is new. */
const sharing = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> => {
	const folder = hex(randomBytes(4));
	mkdirSync(path(folder));
	for (const [name, content] of Object.entries(files)) write(`${folder}/${name}`, content);
	return sharingIn(folder);
};

const sharingIn = async (folder: string): Promise<string[]> => {
	const checks = createChecks({ runKey: randomBytes(32), published: new Map(), now: Date.now() });
	await scan([path(folder)], { onMaterial: (material) => checks.add(material), onProblem: () => undefined });
	return checks
		.findings()
		.filter(({ check }: Finding) => check === 'duplicate-key' || check === 'shared-psk')
		.map(({ severity, detail }) => `${severity}: ${detail}`);
};

const secret = (): string => hex(randomBytes(16));

test('two key ids in one JWKS with one key are two holders, one key id twice is one', async () => {
	const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
	const keys = (...kids: string[]) => JSON.stringify({ keys: kids.map((kid) => ({ ...jwk, kid })) });
	assert.deepEqual(await sharing({ 'jwks.json': keys('pump-1', 'pump-2') }), ['high: 2 holders have the same key.']);
	assert.deepEqual(await sharing({ 'a.json': keys('pump-1'), 'b.json': keys('PUMP_1') }), []);
});

test('hosts of known_hosts with one key are several holders; one host by name and address on one line is one', async () => {
	const blob = Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), randomBytes(32)]).toString(
		'base64',
	);
	const line = (hosts: string) => `${hosts} ssh-ed25519 ${blob}\n`;
	assert.deepEqual(await sharing({ known_hosts: line('10.1.11.1') + line('10.11.1.1') }), [
		'high: 2 holders have the same key.',
	]);
	assert.deepEqual(await sharing({ known_hosts: line('pump,10.0.0.1'), old: line('10.0.0.1') }), []);
	const comment = (name: string) => `ssh-ed25519 ${blob} ${name}\n`;
	assert.deepEqual(await sharing({ 'a.pub': comment('root@pump-1'), 'b.pub': comment('root@pump-2') }), [
		'high: 2 holders have the same key.',
	]);
	assert.deepEqual(await sharing({ 'a.pub': comment('root@pump-1'), authorized_keys: comment('root@pump-1') }), []);
	assert.deepEqual(await sharing({ 'host.pub': comment('root@pump-1'), known_hosts: line('pump-1') }), []);
});

test('a host is one by its short name, its name with a domain, its addresses and a port; one name in two domains is two', async () => {
	const blob = Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), randomBytes(32)]).toString(
		'base64',
	);
	const known = (...hosts: string[]) =>
		sharing({ known_hosts: hosts.map((host) => `${host} ssh-ed25519 ${blob}\n`).join('') });
	const hashed = `|1|${randomBytes(20).toString('base64')}|${randomBytes(20).toString('base64')}`;
	for (const one of [
		['gw-1', 'gw-1.plant.example', 'gw-1.local'],
		['gw-1,10.0.0.5', '10.0.0.6', '[gw-1.plant.example]:2222', hashed],
		['10.0.0.5', 'fd00::5'],
		['gw-1.local', 'GW-1'],
	])
		assert.deepEqual(await known(...one), [], one.join());
	const two = ['high: 2 holders have the same key.'];
	assert.deepEqual(await known('gw-1.hall.example', 'gw-1.yard.example'), two);
	// Which of both the short name means, nobody can tell: it hides neither.
	assert.equal((await known('gw-1', 'gw-1.hall.example', 'gw-1.yard.example')).length, 1);
	assert.deepEqual(await known('gw-1', 'gw-2.plant.example', '10.0.0.7'), two);
	assert.deepEqual(await known('gw-1', '10.0.0.6', '10.0.0.7', '10.0.0.8'), [
		'medium: One host and 3 addresses without a name have the same key: addresses that it has or had, or other hosts with its key.',
	]);
});

test('a private key under names that are addresses lies in several files; under known endings it is one', async () => {
	const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' });
	assert.deepEqual(await sharing({ '10.0.0.1.key': pem, '10.0.0.2.key': pem }), [
		'high: The same private key lies in 2 files.',
	]);
	assert.deepEqual(await sharing({ 'pump.key': pem, 'pump.pem': pem, 'pump.key.bak': pem }), []);
});

test('one secret at both ends of a link, or copied within one project, has one holder', async () => {
	const [one, two] = [secret(), secret()];
	assert.deepEqual(
		await sharing({
			'broker.psk': `pump-40:${one}\npump-41:${two}\n`,
			'pump-40.conf': `identity = pump-40\npsk = ${one}\n`,
			'pump-41.conf': `psk = ${two}\nidentity = pump-41\n`,
		}),
		[],
	);
	const settings = `CONFIG_MQTT_PSK_IDENTITY="pump-40"\nCONFIG_MQTT_PSK="${one}"\n`;
	const header = `#define CONFIG_MQTT_PSK_IDENTITY "pump-40"\n#define CONFIG_MQTT_PSK "${one}"\n`;
	assert.deepEqual(await sharing({ sdkconfig: settings, 'sdkconfig.old': settings, 'sdkconfig.h': header }), []);
	const tunnel = `[Peer]\nPresharedKey = ${randomBytes(32).toString('base64')}\n`;
	assert.deepEqual(await sharing({ 'gateway.conf': tunnel, 'pump.conf': tunnel }), []);
	assert.deepEqual(await sharing({ 'gateway.conf': tunnel, 'pump.conf': tunnel, 'pump-2.conf': tunnel }), [
		'medium: The same PSK lies in 3 files, and no file names its device.',
	]);
});

test('two devices with one secret are told, however each is written', async () => {
	const one = secret();
	assert.deepEqual(
		await sharing({
			'pump-40.ini': `[psk]\nidentity=pump-40\nkey=${one}\ncomment=installed by the day shift\n`,
			'pump-41.yaml': `psk:\n  identity: pump-41\n  key: ${one}\n  rotate: never\n`,
		}),
		['critical: 2 devices have the same PSK.'],
	);
	const eui = '70b3d57ed0000007';
	assert.deepEqual(
		await sharing({
			'chirpstack.csv': `dev_eui,nwk_key\n\\x${eui},\\x${one}\n`,
			'tts.csv': `dev_eui,app_key\n${eui.toUpperCase()},${one}\n`,
		}),
		[],
	);
});

const certify = (t: TestContext): ((file: string, ...options: string[]) => void) | null => {
	if (!needs(t, 'openssl')) return null;
	run('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'shared.key');
	return (file, ...options) => run('openssl', 'req', '-new', '-key', 'shared.key', '-out', file, ...options);
};

test('certificates and requests are told apart by alternative names and serial numbers, and renewals from sharing', async (t) => {
	const request = certify(t);
	if (request === null) return;
	const cases: readonly (readonly [name: string, expected: string[], requests: readonly (readonly string[])[]])[] = [
		[
			'san',
			['high: 2 holders have the same key.'],
			[
				['-x509', '-subj', '/', '-addext', 'subjectAltName=DNS:pump-1'],
				['-x509', '-subj', '/', '-addext', 'subjectAltName=DNS:pump-2'],
			],
		],
		[
			'serial',
			['high: 2 holders have the same key.'],
			[
				['-subj', '/CN=pump/serialNumber=17'],
				['-subj', '/CN=pump/serialNumber=18'],
			],
		],
		[
			'requested',
			['high: 2 holders have the same key.'],
			[
				['-subj', '/CN=pump', '-addext', 'subjectAltName=IP:10.0.0.1'],
				['-subj', '/CN=pump', '-addext', 'subjectAltName=IP:10.0.0.2'],
			],
		],
		[
			'with-request',
			[],
			[
				['-subj', '/CN=pump-1'],
				['-x509', '-subj', '/CN=pump-1', '-addext', 'subjectAltName=DNS:pump-1'],
			],
		],
		[
			'names dropped by the authority',
			[],
			[
				['-subj', '/CN=pump-1', '-addext', 'subjectAltName=DNS:pump-1.example.com'],
				['-x509', '-subj', '/CN=pump-1'],
			],
		],
		[
			'names added by the authority',
			[],
			[
				['-subj', '/CN=pump-1'],
				['-x509', '-subj', '/O=Acme/CN=pump-1', '-addext', 'subjectAltName=DNS:pump-1.example.com'],
			],
		],
		[
			'side-by-side',
			['high: 2 certificates have the same key and the same name, and none of them renews another.'],
			[
				['-x509', '-days', '3650', '-subj', '/CN=localhost', '-addext', 'basicConstraints=CA:FALSE'],
				['-x509', '-days', '3650', '-subj', '/CN=localhost', '-addext', 'basicConstraints=CA:FALSE'],
			],
		],
	];
	for (const [name, expected, requests] of cases) {
		mkdirSync(path(name));
		for (const [index, options] of requests.entries()) request(path(`${name}/${index}.pem`), ...options);
		assert.deepEqual(await sharingIn(name), expected, name);
	}
});

test('one line may name several devices, and an item of a list its own', async () => {
	const psk = secret();
	const shared = ['critical: 2 devices have the same PSK.'];
	const inSql = `INSERT INTO t (c) VALUES ('{"deviceId":"t1","psk":"${psk}"}'),('{"deviceId":"t2","psk":"${psk}"}');\n`;
	const inXml = (...names: string[]) =>
		`<Objs>${names.map((name) => `<Obj><S N="DeviceId">${name}</S><S N="Psk">${psk}</S></Obj>`).join('')}</Objs>\n`;
	const elements = (...names: string[]) =>
		`<devices>${names.map((name) => `<device><id>${name}</id><psk>${psk}</psk></device>`).join('')}</devices>`;
	const lines: readonly ((name: string) => string)[] = [
		(name) => `<device id="${name}" psk="${psk}"/>`,
		(name) => `HostName=hub.example.net;DeviceId=${name};PSK=${psk}`,
		(name) => `2026-01-01 INFO provision device=${name} psk=${psk} ok`,
		(name) => `${name} ansible_host=10.0.0.1 psk=${psk}`,
		(name) => `mosquitto_pub --psk ${psk} --psk-identity ${name} -t a -m b`,
	];
	for (const line of lines) {
		assert.deepEqual(await sharing({ a: `${line('a-1')}\n${line('a-2')}\n` }), shared, line('a-1'));
		assert.deepEqual(await sharing({ a: `${line('a-1')}\n`, 'b.xml': elements('a-1') }), [], line('a-1'));
	}
	assert.deepEqual(await sharing({ 'a.xml': elements('a-1', 'a-2') }), shared);
	const inYaml = (...names: string[]) =>
		`devices:\n${names.map((name) => `  - name: ${name}\n    psk: ${psk}\n`).join('')}other: 1\n`;
	assert.deepEqual(await sharing({ 'a.sql': inSql }), shared);
	assert.deepEqual(await sharing({ 'a.xml': inXml('a-1', 'a-2') }), shared);
	assert.deepEqual(await sharing({ 'a.yaml': inYaml('a-1', 'a-2') }), shared);
	assert.deepEqual(await sharing({ 'a.xml': inXml('a-1'), 'a.yaml': inYaml('A_1') }), []);
	const message = (name: string) => `\0\u0001{"identity": "${name}", "psk": "${psk}"}\0`;
	assert.deepEqual(await sharing({ 'a.bin': message('t1').repeat(2) }), []);
	assert.deepEqual(await sharing({ 'a.bin': message('t1') + message('t2') }), shared);
});

test('identities of a Secret of Kubernetes are decoded as its keys are', async () => {
	const psk = secret();
	const base64 = (text: string) => Buffer.from(text).toString('base64');
	const yaml = `apiVersion: v1\ndata:\n  identity: ${base64('edge-1')}\n  psk: ${base64(psk)}\nkind: Secret\n`;
	const json = JSON.stringify({ data: { identity: base64('edge-1'), psk: base64(psk) }, kind: 'Secret' });
	const lines = `kind: ConfigMap\ndata:\n  pskfile: |\n    edge-1:${psk}\n    edge-3:${secret()}\n`;
	const list = (name: string) => `serial,psk\n${name},${psk}\n`;
	assert.deepEqual(await sharing({ 'a.yaml': yaml, 'b.json': json, 'c.yaml': lines, 'd.csv': list('edge-1') }), []);
	const shared = ['critical: 2 devices have the same PSK.'];
	assert.deepEqual(await sharing({ 'a.yaml': yaml, 'd.csv': list('edge-2') }), shared);
	assert.deepEqual(await sharing({ 'c.yaml': lines, 'd.csv': list('edge-2') }), shared);
});

test('rows of one list are devices, also where no column is known to name them; a list that lies twice is said once', async () => {
	const psk = secret();
	const list = (...psks: string[]) => `Halle;psk\n${psks.map((one) => `Nord;${one}\n`).join('')}`;
	assert.deepEqual(await sharing({ 'a.csv': list(psk, secret(), psk) }), [
		'high: The same PSK stands in 2 rows of one list, in which no column is known to name the devices.',
	]);
	const hosts = `hosts:\n  gw1:\n    psk: ${psk}\n  gw2:\n    psk: ${psk}\n`;
	assert.deepEqual(await sharing({ 'a.yaml': hosts }), ['critical: 2 devices have the same PSK.']);
	assert.deepEqual(await sharing({ 'a.yaml': hosts.replaceAll('gw', 'wlan') }), [
		'medium: The same PSK stands at 2 places of one file, which names no device.',
	]);
	const copied = list(secret(), secret(), secret());
	const said = await sharing({ 'a.csv': copied, 'b.csv': copied });
	assert.equal(said.length, 1);
	assert.match(said[0] ?? '', /^medium: 3 PSKs lie in the same 2 files, and no file names their devices/);
});

test('in a map of devices each is named by its name or by its own id, also where it holds parts and the map has a name', async () => {
	const psk = secret();
	const shared = (devices: number) => [`critical: ${devices} devices have the same PSK.`];
	const map = (entries: Readonly<Record<string, unknown>>) => ({ 'a.json': JSON.stringify(entries) });
	const pumps = { 'pump-1': { psk }, 'pump-2': { psk } };
	assert.deepEqual(await sharing(map(pumps)), shared(2));
	assert.deepEqual(await sharing(map({ ...pumps, 'pump-3': { id: '3', psk }, 'pump-4': { appKey: psk } })), shared(4));
	assert.deepEqual(await sharing(map({ name: 'Halle Nord', devices: pumps })), shared(2));
	assert.deepEqual(await sharing(map({ 'pump-1': { security: { psk } }, 'pump-2': { security: { psk } } })), shared(2));
	assert.deepEqual(await sharing(map({ north: { serial: 'A', psk }, south: { serial: 'B', psk } })), shared(2));
	assert.deepEqual(await sharing(map({ north: { psk }, south: { psk } })), [
		'high: The same PSK stands in 2 rows of one list, in which no column is known to name the devices.',
	]);
	const many = Object.fromEntries(Array.from({ length: 2500 }, (_, at) => [`pump-${at}`, { psk: secret() }]));
	assert.deepEqual(await sharing(map({ ...many, 'pump-7': { psk }, 'pump-2499': { psk } })), shared(2));
	// Two networks, and two roles, of one device.
	assert.deepEqual(await sharing(map({ serial: 'A', wifi1: { psk }, wifi2: { psk } })), []);
	assert.deepEqual(await sharing(map({ wifi2g: { psk }, wifi5g: { psk } })), []);
	assert.deepEqual(await sharing(map({ keys: { appKey: { key: psk }, nwkKey: { key: psk } }, deviceId: 'A' })), []);
	const list = { 'b.csv': `serial,psk\npump-1,${psk}\n` };
	assert.deepEqual(await sharing({ ...list, ...map({ 'pump-1': { psk }, 'pump-2': { psk: secret() } }) }), []);
	for (const text of [
		`pump-1:\n  psk: ${psk}\npump-2:\n  psk: ${psk}\n`,
		`d:\n  pump-1:\n    security:\n      psk: ${psk}\n  pump-2:\n    security:\n      psk: ${psk}\n`,
		`[pump-1]\npsk = ${psk}\n\n[pump-2]\npsk = ${psk}\n`,
		`[devices.pump-1]\npsk = "${psk}"\n[devices.pump-2]\npsk = "${psk}"\n`,
		`<d><device id="pump-1" psk="${psk}"/><device id="pump-2" psk="${psk}"/></d>\n`,
	])
		assert.deepEqual(await sharing({ a: text }), shared(2), text);
});

test('peers of one WireGuard server with one secret are as many devices; the two ends of a link are not', async () => {
	const key = () => randomBytes(32).toString('base64');
	const psk = key();
	const head = () => `[Interface]\nPrivateKey = ${key()}\n`;
	const peer = (setting: string) => `\n[Peer]\n${setting}\nPresharedKey = ${psk}\n`;
	const byKey = () => peer(`PublicKey = ${key()}\nAllowedIPs = 10.0.0.2/32`);
	assert.deepEqual(await sharing({ 'wg0.conf': head() + byKey() + byKey() + byKey() }), [
		'critical: 3 devices have the same PSK.',
	]);
	const byAddress = (last: number) => peer(`AllowedIPs = 10.0.0.${last}/32`);
	assert.deepEqual(await sharing({ 'wg0.conf': head() + byAddress(2) + byAddress(3) }), [
		'critical: 2 devices have the same PSK.',
	]);
	assert.deepEqual(await sharing({ 'gateway.conf': head() + byKey(), 'pump.conf': head() + byKey() }), []);
	assert.deepEqual(await sharing({ 'manual.txt': `${head()}${byKey()}\n${head()}${byKey()}` }), []);
});

test('tables of TOML that come first are read, and names that PSK leads', async () => {
	const psk = secret();
	const shared = ['critical: 2 devices have the same PSK.'];
	const table = (name: string) => `[[device]]\nid = "${name}"\npsk = "${psk}"\n`;
	assert.deepEqual(await sharing({ a: `${table('pump-1')}\n${table('pump-2')}` }), shared);
	const bytes = psk.replaceAll(/../g, '0x$&, ');
	for (const line of [
		(at: number) => `PSK_PUMP${at}=${psk}`,
		(at: number) => `#define PSK_PUMP${at} "${psk}"`,
		(at: number) => `const uint8_t psk_pump_${at}[16] = {${bytes}};`,
	])
		assert.deepEqual(await sharing({ a: `${line(1)}\n${line(2)}\n` }), shared, line(1));
});

test('an item, a document and an element are one device, whatever comes first in it; what differs is not shared', async () => {
	const shared = ['critical: 2 devices have the same PSK.'];
	const forms: ((key: string, device: string) => string)[] = [
		(key, device) => `- psk: ${key}\n  device: ${device}\n`,
		(key, device) => `  - address: 10.0.0.1\n    psk: ${key}\n    device: ${device}\n`,
		(key, device) => `psk: ${key}\ndevice: ${device}\n---\n`,
		(key, device) => `  - app_key: ${key}\n    dev_eui: 70b3d57ed00000${device.slice(-2)}\n`,
		(key, device) => `<dev>\n<psk>${key}</psk>\n<name>${device}</name>\n</dev>\n`,
		(key, device) => `<Station Name="RTU ${device}">\n<Psk>${key}</Psk>\n</Station>\n`,
		(key, device) => `<Station Name="RTU ${device}"><Psk>${key}</Psk></Station>`,
		(key, device) => `<Station Name="RTU ${device}"><Security PreSharedKey="${key}"/></Station>`,
		(key, device) => `<Station Name="RTU ${device}"\n  PreSharedKey="${key}"/>\n`,
	];
	for (const form of forms) {
		const one = secret();
		assert.deepEqual(await sharing({ a: form(one, 's-11') + form(secret(), 's-12') + form(one, 's-13') }), shared);
		assert.deepEqual(await sharing({ a: form(one, 's-11') + form(secret(), 's-12') + form(one, 's-11') }), []);
	}
	// What names nobody in an item is not of the one whom the next item names.
	assert.deepEqual(await sharing({ a: `- psk: ${secret()}\n  at: roof\n- psk: ${secret()}\n  device: s-2\n` }), []);
});

test('a column `encryption_key` is one of keys', async () => {
	const key = secret();
	const list = (other: string) => `meter,encryption_key\n70012345,${key}\n70012346,${other}\n`;
	assert.deepEqual(await sharing({ a: list(key) }), ['critical: 2 devices have the same PSK.']);
	assert.deepEqual(await sharing({ a: list(secret()) }), []);
});

test('a dictionary of device keys names its devices', async () => {
	const key = secret();
	const list = (other: string) => `DEVICE_KEYS = {\n    "north-gate": "${key}",\n    "south-gate": "${other}",\n}\n`;
	assert.deepEqual(await sharing({ a: list(key) }), ['critical: 2 devices have the same PSK.']);
	assert.deepEqual(await sharing({ a: list(secret()) }), []);
});

test('the two ends of a link of IKE, a host with a port and a key beside its bundle are no sharing', async () => {
	const key = secret();
	const end = (peer: number) => `crypto isakmp key ${key} address 198.51.100.${peer}\n`;
	assert.deepEqual(await sharing({ 'a.cfg': end(2), 'b.cfg': end(1) }), []);
	assert.deepEqual(await sharing({ 'a.cfg': end(1) + end(2) }), ['critical: 2 devices have the same PSK.']);
	const blob = Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), randomBytes(32)]).toString(
		'base64',
	);
	const line = (host: string) => `${host} ssh-ed25519 ${blob}\n`;
	assert.deepEqual(await sharing({ known_hosts: line('10.0.0.1') + line('[10.0.0.1]:2222') }), []);
	assert.deepEqual(await sharing({ known_hosts: line('[gate]:2201') + line('[gate]:2202') }), [
		'high: 2 holders have the same key.',
	]);
});

test('a word for an account or a role is no device: the folders or elements around it are', async () => {
	const z = secret();
	const inFolders = async (names: readonly string[], file: string, content: string) => {
		const folder = hex(randomBytes(4));
		for (const name of names) {
			mkdirSync(path(`${folder}/${name}`), { recursive: true });
			write(`${folder}/${name}/${file}`, content);
		}
		return sharingIn(folder);
	};
	const [file, content] = [
		'sdkconfig',
		`CONFIG_EXAMPLE_COAP_PSK_IDENTITY="coap_user"\nCONFIG_EXAMPLE_COAP_PSK_KEY="${z}"\n`,
	];
	const rtus = ['rtu-1', 'rtu-2', 'rtu-3'];
	const three = ['critical: 3 devices have the same PSK, by the names of their places: rtu-1, rtu-2, rtu-3.'];
	assert.deepEqual(await inFolders(rtus, file, content), three);
	for (const [name, text] of [
		['settings.json', JSON.stringify({ id: 'default', mqtt: { psk: z } })],
		['settings.json', JSON.stringify({ name: 'logger', psk: z })],
		['keys.csv', `device,psk\nmodem,${z}\n`],
		['mosquitto.conf', `connection cloud\nbridge_identity plant\nbridge_psk ${z}\n`],
	] as const)
		assert.deepEqual(await inFolders(rtus, name, text), three, text);
	// Copies, and one device in the lists of two gateways.
	assert.deepEqual(await inFolders(['backup-1', 'backup-2'], file, content), []);
	assert.deepEqual(await inFolders(['gw-1', 'gw-2'], 'nodes.csv', `device,psk\nsensor-17,${z}\n`), []);
});

test('a device that is called by the PSK is one of those that have it, in a list and in a section', async () => {
	const z = secret();
	const two = ['critical: 2 devices have the same PSK.'];
	assert.deepEqual(await sharing({ 'a.csv': `device,psk\n${z},${z}\n${secret()},${z}\n` }), two);
	assert.deepEqual(await sharing({ 'a.ini': `[${z}]\npsk=${z}\n[${z}2]\npsk=${z}\n` }), two);
});

/** What has two children with the same names and secrets, in each form of settings. */
const nestedIn = (outer: readonly string[], inner: string, z: string): Readonly<Record<string, string>> => {
	const each = (one: (name: string) => string, between = '') => outer.map(one).join(between);
	const parts = outer.map((name) => ({ name, parts: [{ id: inner, psk: z }] }));
	return {
		'a.json': JSON.stringify({ units: parts }),
		'sorted.json': JSON.stringify({ units: outer.map((name) => ({ keys: [{ id: inner, psk: z }], name })) }),
		'map.json': JSON.stringify(
			Object.fromEntries(outer.map((name) => [name, { [inner]: { psk: z }, 'x-9': { psk: secret() } }])),
		),
		'b.yaml': `units:\n${each((name) => `  - name: ${name}\n    parts:\n      - id: ${inner}\n        psk: ${z}\n`)}`,
		'map.yaml': each((name) => `${name}:\n  ${inner}:\n    psk: ${z}\n  x-9:\n    psk: ${secret()}\n`),
		'c.toml': each((name) => `[${name}.${inner}]\npsk = "${z}"\n`),
		'd.xml': `<x>${each((name) => `<unit name="${name}"><node id="${inner}"><psk>${z}</psk></node></unit>`)}</x>`,
		'child.xml': `<x>${each((name) => `<unit><name>${name}</name><keys><key><id>${inner}</id><psk>${z}</psk></key></keys></unit>`)}</x>`,
		'lines.xml': `<x>\n${each((name) => `<Unit nr="7" name='${name}'>\n<Node id="${inner}">\n<Psk>${z}</Psk>\n</Node>\n</Unit>\n`)}</x>`,
	};
};

test('parts of one name in two devices are two: their outer names tell them apart, in JSON, YAML, TOML and XML', async () => {
	for (const inner of ['s-1', 'mqtt', '1']) {
		for (const [name, text] of Object.entries(nestedIn(['RTU-1', 'RTU-2'], inner, secret()))) {
			const [found = '', ...others] = await sharing({ [name]: text });
			assert.match(found, /^critical: 2 devices have the same PSK/, `${inner}: ${text}`);
			assert.deepEqual(others, []);
		}
	}
});

test('a device that two groups, brokers or gateways list by a name that is given once is one; so is one outer device', async () => {
	for (const [name, text] of Object.entries(nestedIn(['RTU-1', 'RTU-2'], '70b3d57ed0012345', secret())))
		if (name !== 'c.toml') assert.deepEqual(await sharing({ [name]: text }), [], text);
	const z = secret();
	for (const list of ['groups', 'brokers', 'rooms-of-dashboard', 'versions'])
		assert.deepEqual(
			await sharing({
				'a.json': JSON.stringify({
					[list]: ['day-1', 'day-2'].map((name) => ({ name, devices: [{ id: 's-1', psk: z }] })),
				}),
				'b.yaml': `${list}:\n  - name: day-1\n    devices:\n      - id: s-1\n        psk: ${z}\n  - name: day-2\n    devices:\n      - id: s-1\n        psk: ${z}\n`,
			}),
			[],
			list,
		);
	const versions = ['2026-01', '2026-02'].map((name) => ({ name, psk: z }));
	assert.deepEqual(await sharing({ 'a.json': JSON.stringify({ name: 'logger-7', versions }) }), []);
	// Devices that are called as keys are, and parts that only the outermost names tell apart.
	const listed = ['primary', 'secondary'].map((name) => ({ name, psk: z }));
	const sites = ['Lyon', 'Metz'].map((name) => ({ name, lines: [{ name: 'L1', nodes: [{ id: 's-1', psk: z }] }] }));
	for (const bad of [{ name: 'plant-2', devices: listed }, { sites }])
		assert.deepEqual(await sharing({ 'a.json': JSON.stringify(bad) }), ['critical: 2 devices have the same PSK.']);
	const roles = ['mqtt', 'coap'].map((id) => ({ id, psk: z }));
	assert.deepEqual(await sharing({ 'a.json': JSON.stringify({ keys: roles, name: 'RTU-1' }) }), []);
	const pumps = ['boiler', 'chiller'].map((id) => ({ id, psk: z }));
	assert.deepEqual(await sharing({ 'cut.json': JSON.stringify({ keys: pumps, name: 'hall-1' }).slice(0, -1) }), [
		'critical: 2 devices have the same PSK.',
	]);
});

test('an access point and a station are the ends of one network; more stations share its key, and more access points', async () => {
	const z = `Aq7-${randomBytes(12).toString('base64url')}.`;
	const point = (ssid: string) => `interface=wlan0\nssid=${ssid}\n\n# Security\nwpa=2\nwpa_passphrase=${z}\n`;
	const station = (ssid: string) => `network={\n\tssid="${ssid}"\n\tpsk="${z}"\n}\n`;
	const netplan = `network:\n  wifis:\n    wlan0:\n      access-points:\n        "plant":\n          password: "${z}"\n`;
	const openWrt = (name: string, mode: string) =>
		`config wifi-iface\n\toption mode '${mode}'\n\toption ssid '${name}'\n\toption encryption 'psk2'\n\toption key '${z}'\n`;
	const manager = `[wifi]\nssid=plant\nmode=infrastructure\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=${z}\n`;
	for (const one of [station('plant'), netplan, openWrt('plant', 'sta'), manager])
		assert.deepEqual(await sharing({ 'hostapd.conf': point('plant'), client: one }), [], one);
	// One box with a network on two bands, and a station of one of them.
	const bands = openWrt('plant', 'ap') + openWrt('plant-5G', 'ap');
	assert.deepEqual(await sharing({ wireless: bands, 'wpa_supplicant.conf': station('plant-5G') }), []);
	const three = { 'sta-1.conf': station('plant'), 'sta-2.conf': station('plant'), 'sta-3.conf': station('plant') };
	assert.deepEqual(await sharing({ 'hostapd.conf': point('plant'), ...three }), [
		'high: 3 devices have the PSK of one Wi-Fi network, by the names of their places: sta-1, sta-2, sta-3.',
	]);
	assert.deepEqual(await sharing({ 'mill.conf': station('plant'), 'press.conf': station('plant') }), [
		'medium: The PSK of one Wi-Fi network lies in 2 files of stations, and no file names its device.',
	]);
	assert.deepEqual(await sharing({ 'a.conf': point('plant'), 'b.conf': point('plant') }), [
		'low: 2 access points have the PSK of one Wi-Fi network, as those do between which stations roam.',
	]);
	// A factory's key in networks that are two by their names.
	assert.deepEqual(await sharing({ 'ap-1.conf': point('box-1A2B'), 'ap-2.conf': point('box-3C4D') }), [
		'critical: 2 devices have the same PSK, by the names of their places: ap-1, ap-2.',
	]);
});
