import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { folderForTests, found, hex } from './scan.fixture.ts';

// Who holds a key by the name of its file or of its setting; archives that end too soon; a machine that opens no more files.

const { path, read, run, write } = folderForTests();
const K = randomBytes(16).toString('hex');

const devicesIn = async (file: string) =>
	(await found(path(file))).psks.map(({ device, secret }) => [device, hex(secret)]);

test('a file that is nothing but a key belongs to what it is called after', async () => {
	const base64 = randomBytes(32).toString('base64');
	const written: readonly (readonly [string, string | Buffer, string | null])[] = [
		['pump-1.psk', `${K}\n`, 'pump-1'],
		['pump-2.key', Buffer.from(K, 'hex'), 'pump-2'],
		['boiler.secret', `0x${K.toUpperCase()}`, 'boiler'],
		['psk_pump3.bin', `${K}\r\n`, 'pump3'],
		['pump-4-psk.txt', `${K.replaceAll(/(?<=..)../g, ':$&')}\n`, 'pump-4'],
		['pump-5.old.psk', K, 'pump-5'],
		// Both ends of a link have it, and so has each copy of a program.
		['server.key', K, null],
		['psk.key', K, null],
	];
	for (const [name, content, device] of written) {
		write(name, content);
		assert.deepEqual(await devicesIn(name), [[device, K]], name);
	}
	write('pump-6.key', `${base64}\n`);
	assert.deepEqual(await devicesIn('pump-6.key'), [['pump-6', Buffer.from(base64, 'base64').toString('hex')]]);
	mkdirSync(path('site-a/pump-7'), { recursive: true });
	write('site-a/pump-7/psk.key', K);
	assert.deepEqual(await devicesIn('site-a'), [['pump-7', K]]);
	run('tar', 'cf', 'all.tar', 'pump-1.psk', 'pump-2.key');
	write('pump-9.psk.gz', gzipSync(K));
	assert.deepEqual(await devicesIn('all.tar'), [
		['pump-1', K],
		['pump-2', K],
	]);
	assert.deepEqual(await devicesIn('pump-9.psk.gz'), [['pump-9', K]]);
});

test('a file with other endings, more in it, or a public key does not count', async () => {
	for (const [name, content] of [
		['pump-1.dat', Buffer.from(K, 'hex')],
		['pump-1.txt', K],
		['pump-1.pub.key', K],
		['license.key', 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE\n'],
		['pump-1.psk', `${K}\n${K}\n`],
	] as const) {
		write(name, content);
		assert.deepEqual(await devicesIn(name), [], name);
	}
});

test('a name in settings or source that speaks of a key and a device with a number', async () => {
	const bytes = K.replaceAll(/../g, '0x$&,');
	for (const [text, device] of [
		[`PSK_PUMP1=${K}`, 'pump1'],
		[`KEY_SENSOR_07: ${K}`, 'sensor-07'],
		[`export CONFIG_PUMP_2_PSK="${K}"`, 'pump-2'],
		[`const uint8_t psk_pump_1[16] = {${bytes}};`, 'pump-1'],
		[`node1AppKey = "${K}"`, 'node1'],
		[`{"PSK_PUMP1": "${K}"}`, 'pump1'],
		[`{"keys": {"pump-1": "${K}"}}`, 'pump-1'],
	] as const) {
		write('settings', text);
		assert.deepEqual(await devicesIn('settings'), [[device, K]], text);
	}
	// Algorithms, test vectors, parts and networks have numbers too.
	for (const name of ['KEY_AES128', 'key_tc1', 'TEST_KEY_2', 'KEY_PART1', 'secret_hash_1', 'KEY_1']) {
		write('settings', `${name}=${K}\n`);
		assert.deepEqual(await devicesIn('settings'), [], name);
	}
	write('settings', `WIFI1_PSK=${K}\n`);
	assert.deepEqual(await devicesIn('settings'), [[null, K]]);
});

test('columns of a list by titles in other languages, or by what stands below an unknown one', async () => {
	const B = randomBytes(16).toString('hex');
	const list = (titles: string, ...keys: string[]) =>
		`${titles}\n${keys.map((key, at) => `pump-${at + 1};${key}\n`).join('')}`;
	for (const titles of [
		'Gerät;Schlüssel',
		'appareil;clé',
		'dispositivo;clave',
		'urządzenie;klucz (hex)',
		'设备;密钥',
		'Pumpe;PSK',
	]) {
		write('list', list(titles, K, B));
		assert.deepEqual(
			await devicesIn('list'),
			[
				['pump-1', K],
				['pump-2', B],
			],
			titles,
		);
	}
	write('list', list('Anlage;Geheimwort', K, K, B));
	assert.equal((await devicesIn('list')).length, 3);
	// Checksums, what groups devices, and what has fewer rows than tell anything.
	for (const text of [
		list('device;md5', K, B, randomBytes(16).toString('hex')),
		list('device;Los', K, K, K, B),
		list('device;Los', K, B),
		list('Datum;Los', K, B, randomBytes(16).toString('hex')),
		list('Gerät;Fremdschlüsselwort', '1', '2', '3'),
	]) {
		write('list', text);
		assert.deepEqual(await devicesIn('list'), [], text);
	}
});

test('a ZIP archive that ends too soon is said, wherever it ends', async () => {
	for (const at of [1, 2, 3]) write(`list-${at}`, `id,psk\nd-${at},${randomBytes(16).toString('hex')}\n`);
	run('zip', '-q', 'whole.zip', 'list-1', 'list-2', 'list-3');
	const whole = read('whole.zip');
	assert.deepEqual((await found(path('whole.zip'))).outcomes, { keys: 1, nothing: 0, partly: 0, 'not-read': 0 });
	for (let length = 31; length < whole.length; length += 7) {
		write('cut.zip', whole.subarray(0, length));
		const { outcomes, problems } = await found(path('cut.zip'));
		assert.equal(outcomes.partly + outcomes['not-read'], 1, `${length} of ${whole.length}`);
		assert.ok(
			problems.some(({ reason }) => reason.includes('cut short')),
			`${length} of ${whole.length}`,
		);
	}
	const rows = Array.from({ length: 2000 }, (_, at) => `p-${at},${randomBytes(16).toString('hex')}\n`);
	write('list-4', `id,psk\n${rows.join('')}`);
	for (const [packed, command] of [
		['rows.zip', ['zip', '-q', 'rows.zip', 'list-4']],
		['list-4.gz', ['gzip', 'list-4']],
	] as const) {
		const [program, ...args] = command;
		run(program, ...args);
		for (const share of [0.5, 0.6, 0.7]) {
			write('cut', read(packed).subarray(0, read(packed).length * share));
			const { psks } = await found(path('cut'));
			assert.ok(psks.length > 100);
			// The row in which it ends does not count.
			assert.ok(
				psks.every(({ secret, device }) => secret.length === 16 && rows.includes(`${device},${hex(secret)}\n`)),
			);
		}
	}
});

test('a program that cannot be started for want of open files is a reason, and nothing waits for it', () => {
	const program = `
		const { openSync } = await import('node:fs');
		const { runTool } = await import(${JSON.stringify(fileURLToPath(new URL('nested/tool.ts', import.meta.url)))});
		const file = openSync('/dev/null', 'r');
		try { for (;;) openSync('/dev/null', 'r'); } catch {}
		console.log((await runTool('/bin/true', [], file, async () => {})).code);`;
	const script = `ulimit -n 64; exec '${process.execPath}' --input-type=module -e "$0"`;
	// The limit is a program's that hangs, not of the time that this one takes.
	assert.equal(execFileSync('sh', ['-c', script, program], { encoding: 'utf8', timeout: 60_000 }).trim(), 'null');
});

/** Of each secret in a text that names it: who has it. */
const holders = async (text: string) => {
	write('text', text);
	return (await found(path('text'))).psks.map(({ device }) => device);
};

test('lines that are the same but for a secret and a name: source code, logs, notes', async () => {
	const B = randomBytes(16).toString('hex');
	for (const line of [
		(at: number, key: string) => `    { id: 'pump-${at}', psk: '${key}' },`,
		(at: number, key: string) => `	{ID: "pump-${at}", PSK: "${key}"},`,
		(at: number, key: string) => `    "pump-${at}": {"psk": "${key}", "ip": "10.0.0.${at}"},`,
		(at: number, key: string) => `2024-05-01T10:00:0${at} INFO provisioning device pump-${at} psk=${key} ok`,
		(at: number, key: string) => `curl -d '{"id":"pump-${at}","psk":"${key}"}' https://h/api`,
	]) {
		assert.deepEqual(
			await holders(`const of = [\n${line(1, K)}\n${line(2, B)}\n];\n`),
			['pump-1', 'pump-2'],
			line(1, K),
		);
		// One line names nobody, nor does the same name again.
		assert.deepEqual(await holders(`const of = [\n${line(1, K)}\n];\n`), [null], line(1, K));
		assert.deepEqual(await holders(`const of = [\n${line(1, K)}\n${line(1, B)}\n];\n`), [null, null], line(1, K));
	}
	// Attempts, versions and networks are counted too.
	for (const word of ['attempt 1', '"v1"', '"wlan1"', 'thread-1'])
		assert.deepEqual(await holders(`${word} psk=${K}\n${word.replace('1', '2')} psk=${K}\n`), [null, null], word);
});

test('sections with a name in quotes, Secrets of Kubernetes, items of lists, property lists, attribute values', async () => {
	const two = (text: (at: number) => string) => `${text(1)}\n${text(2)}\n`;
	for (const text of [
		(at: number) => `resource "device" "pump-${at}" {\n  psk = "${K}"\n}\n`,
		(at: number) => `config device 'pump-${at}'\n\toption psk '${K}'\n`,
		(at: number) => `---\nkind: Secret\nmetadata:\n  name: pump-${at}\nstringData:\n  psk: ${K}`,
		(at: number) => `- device: pump-${at}\n  custom_fields:\n    psk: ${K}`,
		(at: number) =>
			`<device>\n <name>pump-${at}</name>\n <security>\n  <presharedKey>${K}</presharedKey>\n </security>\n</device>`,
		(at: number) => `<dict><key>deviceId</key><string>pump-${at}</string><key>psk</key><string>${K}</string></dict>`,
		(at: number) => `coap-client -m get -u pump-${at} -k ${K} coaps://h/x`,
	])
		assert.deepEqual(await holders(two(text)), ['pump-1', 'pump-2'], text(1));
	const attribute = (at: number) => ({ deviceId: { S: `pump-${at}` }, psk: { S: K } });
	assert.deepEqual(await holders(JSON.stringify({ Items: [attribute(1), attribute(2)] })), ['pump-1', 'pump-2']);
});

test('what is encrypted as a whole is not read, and said', async () => {
	for (const [content, reason] of [
		[`$ANSIBLE_VAULT;1.1;AES256\n${randomBytes(40).toString('hex')}\n`, /Ansible/],
		[`psk: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  ${randomBytes(40).toString('hex')}\n`, /Ansible/],
		['psk: ENC[AES256_GCM,data:abcd,iv:AAAA,tag:BBBB,type:str]\n', /SOPS/],
		[Buffer.concat([Buffer.from('LUKS\xba\xbe\x00\x02', 'latin1'), randomBytes(600)]), /LUKS/],
		[Buffer.concat([Buffer.from('age-encryption.org/v1\n-> X25519 a\n'), randomBytes(200)]), /age/],
		[Buffer.concat([Buffer.from('03d9a29a67fb4bb5', 'hex'), randomBytes(200)]), /KeePass/],
	] as const) {
		write('sealed', content);
		const { outcomes, problems } = await found(path('sealed'));
		assert.equal(outcomes['not-read'], 1);
		assert.match(problems[0]?.reason ?? '', reason);
	}
});

test('what heads the section of a key is said where nothing names its device', async () => {
	const labels = async (name: string, content: string): Promise<string[]> => {
		write(name, content);
		return (await found(path(name))).psks.map(({ device, at }) => (device === null ? at.label : `of ${device}`));
	};
	const two = (one: string, other: string, before = '', after = ''): string =>
		`${before}${one}${after}${before}${other}${after}`;
	assert.deepEqual(await labels('a.ini', two('[Dryer_North]', '[Dryer_South]', '', `\nAESKey=${K}\n`)), [
		'line 2, AESKey under Dryer_North',
		'line 4, AESKey under Dryer_South',
	]);
	const compose = `services:\n  edge-mill:\n    environment:\n      - MQTT_PSK=${K}\n  edge-press:\n    environment:\n      MQTT_PSK: "${K}"\n`;
	assert.deepEqual(await labels('compose.yml', compose), [
		'line 4, MQTT_PSK under services / edge-mill / environment',
		'line 7, MQTT_PSK under services / edge-press / environment',
	]);
	const secret = (name: string): string =>
		`apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\ndata:\n  psk: ${Buffer.from(K).toString('base64')}\n---\n`;
	assert.deepEqual(await labels('s.yaml', secret('gw-lyon') + secret('gw-metz')), [
		'line 6, psk under gw-lyon',
		'line 13, psk under gw-metz',
	]);
	const code = `#ifdef NODE_1\nconst char *PSK = "${K}";\n#elif defined(NODE_2)\nconst char *PSK = "${K}";\n#endif\nconst char *PSK = "${K}";\n`;
	assert.deepEqual(await labels('a.c', code), ['line 2, PSK under NODE_1', 'line 4, PSK under NODE_2', 'line 6, PSK']);
	const tree = [1, 2].map((at) => `  node-${at} {\n    psk = [${K.replaceAll(/(?<=..)../g, ' $&')}];\n  };\n`);
	assert.deepEqual(await labels('a.dts', `/ {\n${tree.join('')}};\n`), [
		'line 3, psk under node-1',
		'line 6, psk under node-2',
	]);
	assert.deepEqual(await labels('notes.md', `# Site\n\n## Fan A\n\nPSK: ${K}\n`), ['line 5, PSK under Site / Fan A']);
});

test('records over lines, names without a number, prose, nodes of ESPHome and sensors of several gateways', async () => {
	const bytes = K.replaceAll(/../g, '0x$&, ');
	const record = (unit: string) => `[10:00:01] --- begin unit ${unit} ---\n[10:00:02] AppKey: ${K}\n[10:00:03] end\n`;
	const cases: readonly (readonly [string, readonly string[]])[] = [
		[record('PX-200') + record('PX-202'), ['PX-200', 'PX-202']],
		[
			['alpha', 'beta'].map((name) => `2026-03-02 INFO flashed device meter-${name} psk=${K} ok\n`).join(''),
			['meter-alpha', 'meter-beta'],
		],
		[
			`const struct dev { const char *name; uint8_t psk[16]; } devs[] = {\n  { .name = "tank-north", .psk = { ${bytes}} },\n  { .name = "tank-south", .psk = { ${bytes}} },\n};\n`,
			['tank-north', 'tank-south'],
		],
		[`$d = @(\n  @{ Name='Welder-L'; Psk='${K}' },\n  @{ Name='Welder-R'; Psk='${K}' }\n)\n`, ['Welder-L', 'Welder-R']],
		[`Device: north-gate\nKey: ${K}\n\nDevice: south-gate\nKey: ${K}\n`, ['north-gate', 'south-gate']],
		[`PSKS = [\n  ("north", "${K}"),\n  ("south", bytes.fromhex("${K}")),\n]\n`, ['north', 'south']],
		[`DEVICE_KEYS = {\n  "north": "${K}",\n  "lobby": bytes.fromhex("${K}"),\n}\n`, ['north', 'lobby']],
		[`> Device: pump-1\n> Key: ${K}\n\n> Device: pump-2\n> Key: ${K}\n`, ['pump-1', 'pump-2']],
		[`Hall;gw-1;s-1;${K}\nHall;gw-1;s-2;${K}\nYard;gw-2;s-1;${K}\n`, ['s-1', 's-2', 'gw-2/s-1']],
	];
	for (const [text, devices] of cases) {
		write(
			'list',
			text.startsWith('Hall') ? `site;gateway;sensor;app key\n${text}`.replaceAll(/(?<=^|\n)\w+;/g, '') : text,
		);
		assert.deepEqual(
			await devicesIn('list'),
			devices.map((device) => [device, K]),
			text,
		);
	}
	const key = randomBytes(32).toString('base64');
	write('list', `esphome:\n  name: boiler-room\n\napi:\n  encryption:\n    key: "${key}"\n`);
	assert.deepEqual(await devicesIn('list'), [['boiler-room', Buffer.from(key, 'base64').toString('hex')]]);
	write('list', `## Fan A\n\n- DTLS key: \`${K}\`\n`);
	assert.deepEqual(await devicesIn('list'), [[null, K]]);
	// One device that moved, ids that are given once in the world, words that name nothing.
	for (const text of [
		`date,site,device,psk\n2025-01-01,A,pump-1,${K}\n2025-06-01,B,pump-1,${K}\n`,
		`gateway,dev_eui,psk\ngw-1,pump-1,${K}\ngw-2,pump-1,${K}\n`,
	]) {
		write('list', text);
		assert.deepEqual(await devicesIn('list'), [
			['pump-1', K],
			['pump-1', K],
		]);
	}
	for (const text of [
		`device has psk=${K}\ndevice got psk=${K}\n`,
		`[10:00:01] AppKey: ${K}\n[10:00:02] AppKey: ${K}\n`,
	]) {
		write('list', text);
		assert.deepEqual(
			(await found(path('list'))).psks.map(({ device }) => device),
			[null, null],
			text,
		);
	}
	write('list', `Key: ${K}\nPublic key hash: ${K}\nSession id: ${K}\n`);
	assert.deepEqual(await devicesIn('list'), []);
});

test('the name of a peer of IKE is that of the other end of a link', async () => {
	const roles = async (text: string): Promise<string[]> => {
		write('list', text);
		return (await found(path('list'))).psks.map(({ role }) => role);
	};
	assert.deepEqual(await roles('# IPv4/v6 pre-shared keys used for IKE\n198.51.100.2 Xq7vT9mLpR2wZk4n\n'), [
		'peerPresharedKey',
	]);
	for (const text of [
		'peer X\n  pre-shared-key local Xq7vT9mLpR2wZk4n\n',
		'ike {\n pre-shared-key ascii-text "Xq7vT9mLpR2wZk4n";\n}\n',
		'198.51.100.1 198.51.100.2 : PSK "Xq7vT9mLpR2wZk4n"\n',
		'secrets {\n ike-1 {\n  secret = "Xq7vT9mLpR2wZk4n"\n }\n}\n',
		'set psksecret Xq7vT9mLpR2wZk4n\n',
	])
		assert.deepEqual(await roles(text), ['peerPresharedKey'], text);
	assert.deepEqual(await roles('/ip ipsec identity\nadd peer=hall secret="Xq7vT9mLpR2wZk4n"\n'), ['peerPresharedKey']);
});
