import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secret, sharingForTests } from './sharing.fixture.ts';

// One key at several places of one device, or of one project, beside the same key on two devices.

const { sharing } = sharingForTests();
const two = ['critical: 2 devices have the same PSK.'];

test('a key that a setting names is looked for in tables without a word for it, too', async () => {
	const z = secret();
	for (const table of [
		(own: string) =>
			`devices = {\n  { "pump-1", "${z}" },\n  { "pump-2", "${secret()}" },\n  { "pump-3", "${own}" },\n}\n`,
		(own: string) =>
			`fleet = [\n    Sensor("pump-1", b"${z}"),\n    Sensor("pump-2", b"${secret()}"),\n    Sensor("pump-3", b"${own}"),\n]\n`,
		(own: string) => `device_keys = %{\n  "boiler" => "${z}",\n  "chiller" => "${secret()}",\n  "fan" => "${own}"\n}\n`,
	]) {
		const settings = `psk = "${z}"\n\n`;
		assert.deepEqual(await sharing({ a: settings + table(z) }), two, table(z));
		assert.deepEqual(await sharing({ a: settings + table(secret()) }), [], table(z));
	}
	const named = (device: string) =>
		`PSK_PUMP1 = "${z}"\n\ndevices = {\n  { "${device}", "${z}" },\n  { "pump-3", "${secret()}" },\n}\n`;
	assert.deepEqual(await sharing({ a: named('pump-2') }), two);
	assert.deepEqual(await sharing({ a: named('pump-1') }), []);
});

test('profiles, connections and protocols of one device are one holder; two pumps in the same form are two', async () => {
	const psk = secret();
	for (const [one, other] of [
		['day', 'night'],
		['winter', 'summer'],
		['dev', 'prod'],
		['primary', 'backup'],
		['mqtt', 'coap'],
	] as const)
		for (const form of [
			(a: string, b: string) => `profiles:\n  ${a}:\n    psk: ${psk}\n  ${b}:\n    psk: ${psk}\n`,
			(a: string, b: string) => `[${a}]\npsk = "${psk}"\n\n[${b}]\npsk = "${psk}"\n`,
		]) {
			assert.deepEqual(await sharing({ 'a.yaml': form(one, other) }), [], form(one, other));
			assert.deepEqual(await sharing({ 'a.yaml': form('pump-1', 'pump-2') }), two);
		}
	const items = (list: string, ...names: string[]) =>
		`device: thermostat-7\n${list}:\n${names.map((name) => `  - name: ${name}\n    psk: ${psk}\n`).join('')}`;
	assert.deepEqual(await sharing({ 'a.yaml': items('modes', 'eco', 'comfort') }), []);
	assert.deepEqual(await sharing({ 'a.yaml': items('sensors', 'main', 'backup') }), two);
	const json = (list: string) =>
		JSON.stringify({ serial: 'A', [list]: ['winter', 'summer'].map((name) => ({ name, psk })) });
	assert.deepEqual(await sharing({ 'a.json': json('modes') }), []);
	assert.match((await sharing({ 'a.json': json('sensors') })).join(), /^critical: 2 devices/);
	assert.deepEqual(await sharing({ 'pump-winter.yaml': `psk: ${psk}\n`, 'pump-summer.yaml': `psk: ${psk}\n` }), []);
	const pumps = await sharing({ 'pump-north.yaml': `psk: ${psk}\n`, 'pump-south.yaml': `psk: ${psk}\n` });
	assert.match(pumps.join(), /^critical: 2 devices/);
});

test('one client in two tables of TOML is one holder; a client of the same name at two plants is two', async () => {
	const psk = secret();
	const tables = (...names: string[]) =>
		names.map((name) => `[${name}]\nclient_id = "pump-1"\npsk = "${psk}"\n`).join('\n');
	for (const names of [
		['broker_1', 'broker_2'],
		['uplink.1', 'uplink.2'],
		['telemetry', 'control'],
	])
		assert.deepEqual(await sharing({ 'a.toml': tables(...names) }), [], names.join());
	assert.deepEqual(await sharing({ 'a.toml': tables('plant-1.client', 'plant-2.client') }), two);
});

test('environment files of one project are copies; those of two projects and of two devices are not', async () => {
	const psk = secret();
	const env = (...names: string[]) =>
		sharing(Object.fromEntries(names.map((name) => [name, `MQTT_HOST=${secret()}\nMQTT_PSK=${psk}\n`])));
	for (const names of [
		['.env', '.env.local', '.env.production', '.env.example'],
		['dev.env', 'prod.env'],
		['config.yaml', 'config.dev.yaml', 'config.yaml.bak'],
		['sdkconfig', 'sdkconfig.old', 'sdkconfig.defaults'],
		['docker-compose.yml', 'docker-compose.override.yml'],
	])
		assert.deepEqual(await env(...names), [], names.join());
	assert.deepEqual(await env('api/.env', 'web/.env'), [
		'medium: The same PSK lies in 2 files, and no file names its device.',
	]);
	assert.match((await env('.env.pump-1', '.env.pump-2')).join(), /^critical: 2 devices/);
});

test('a network whose name stands below its key, behind an empty line or with blanks in it is one network', async () => {
	const phrase = secret();
	const points = (before: string, after: string, other = after) => {
		const settings = (ssid: string) => `interface=wlan0\n${before}wpa_passphrase=${phrase}\n${ssid}wpa=2\n`;
		return sharing({ 'a/hostapd.conf': settings(after), 'b/hostapd.conf': settings(other) });
	};
	for (const ssid of ['ssid=plant\n', '\n# Net\n\nssid=plant\n', 'ssid=plant floor\n', 'ssid2="plant floor"\n'])
		assert.deepEqual(
			await points('', ssid),
			['low: 2 access points have the PSK of one Wi-Fi network, as those do between which stations roam.'],
			ssid,
		);
	assert.deepEqual(await points('', '\nssid=plant\n', '\nssid=office\n'), [
		'medium: The same PSK lies in 2 files, and no file names its device.',
	]);
});

/** A Pod, or what makes some, in YAML and JSON. */
const workload = (name: string, containers: Readonly<Record<string, string>>): { yaml: string; json: object } => {
	const env = (key: string) => [{ name: 'MQTT_PSK', value: key }];
	const list = Object.entries(containers);
	return {
		yaml: `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n${list
			.map(
				([one, key]) =>
					`    - name: ${one}\n      image: acme/x:1\n      env:\n        - name: MQTT_PSK\n          value: "${key}"\n`,
			)
			.join('')}---\n`,
		json: {
			apiVersion: 'v1',
			kind: 'Pod',
			metadata: { name },
			spec: { containers: list.map(([one, key]) => ({ name: one, env: env(key) })) },
		},
	};
};

test('two containers of one Pod are one holder; two Pods are two', async () => {
	const psk = secret();
	const pod = workload('ingest', { 'bridge-1': psk, 'exporter-2': psk });
	assert.deepEqual(await sharing({ 'a.yaml': pod.yaml }), []);
	assert.deepEqual(await sharing({ 'a.json': JSON.stringify(pod.json) }), []);
	const task = (...names: string[]) => ({
		family: 'ingest',
		containerDefinitions: names.map((name) => ({ name, environment: [{ name: 'MQTT_PSK', value: psk }] })),
	});
	assert.deepEqual(await sharing({ 'a.json': JSON.stringify(task('web-1', 'worker-2')) }), []);
	const pods = [workload('edge-1', { bridge: psk }), workload('edge-2', { bridge: psk })];
	assert.deepEqual(await sharing({ 'a.yaml': pods.map(({ yaml }) => yaml).join('') }), two);
	assert.deepEqual(await sharing({ 'a.json': JSON.stringify({ items: pods.map(({ json }) => json) }) }), two);
	// What a container holds for devices is theirs.
	const devices = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: hub\nspec:\n  containers:\n  - name: hub\n    env:\n    - name: PSK_PUMP_1\n      value: "${psk}"\n    - name: PSK_PUMP_2\n      value: "${psk}"\n`;
	assert.deepEqual(await sharing({ 'a.yaml': devices }), two);
});

test('one Secret in two namespaces is a copy; two Secrets, and one on two devices, are not', async () => {
	const psk = secret();
	const base64 = Buffer.from(psk).toString('base64');
	const low = ['low: One Secret of Kubernetes lies in 2 namespaces with the same PSK.'];
	const written = (name: string, space: string) =>
		`apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n  namespace: ${space}\ndata:\n  psk: ${base64}\n---\n`;
	const printed = (name: string, space: string) =>
		`- apiVersion: v1\n  data:\n    psk: ${base64}\n  kind: Secret\n  metadata:\n    name: ${name}\n    namespace: ${space}\n`;
	const list = (...items: string[]) => `apiVersion: v1\nitems:\n${items.join('')}kind: List\n`;
	const json = (...spaces: string[]) =>
		JSON.stringify({
			items: spaces.map((namespace) => ({
				apiVersion: 'v1',
				data: { psk: base64 },
				kind: 'Secret',
				metadata: { name: 'mqtt', namespace },
			})),
		});
	assert.deepEqual(await sharing({ 'a.yaml': written('mqtt', 'hall') + written('mqtt', 'yard') }), low);
	assert.deepEqual(
		await sharing({ 'hall-1/a.yaml': written('mqtt', 'a'), 'hall-2/a.yaml': written('mqtt', 'b') }),
		low,
	);
	assert.deepEqual(await sharing({ 'a.yaml': list(printed('mqtt', 'hall'), printed('mqtt', 'yard')) }), low);
	assert.deepEqual(await sharing({ 'a.json': json('hall', 'yard') }), low);
	assert.deepEqual(await sharing({ 'a.yaml': list(printed('pump-1', 'a'), printed('pump-2', 'a')) }), two);
	const folders = await sharing({ 'gw-1/a.yaml': written('mqtt', 'a'), 'gw-2/a.yaml': written('mqtt', 'a') });
	assert.match(folders.join(), /^critical: 2 devices/);
	assert.deepEqual(await sharing({ 'a.yaml': written('mqtt', 'a') + written('store', 'a') }), [
		'medium: The same PSK stands at 2 places of one file, which names no device.',
	]);
});
