import assert from 'node:assert/strict';
import { createCipheriv, randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { secret, sharingForTests } from './sharing.fixture.ts';

// One key for several other ends in the settings of a hub, and forms of settings in which a key was passed over.

const { sharing } = sharingForTests();

const phrase = (): string => randomBytes(15).toString('base64url').replaceAll(/[-_]/g, 'x');
const octets = (): string => randomBytes(32).toString('base64');

/** Cisco's type 7, written by somebody else's description of it: an octet is the key's from `begin` on, XORed. */
const type7 = (text: string): string => {
	const key = Buffer.from('dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87');
	const begin = randomInt(16);
	const hex = [...Buffer.from(text)].map((octet, at) =>
		(octet ^ (key[(begin + at) % 53] ?? 0)).toString(16).padStart(2, '0'),
	);
	return `${String(begin).padStart(2, '0')}${hex.join('')}`.toUpperCase();
};

const hubs: Readonly<Record<string, (one: string, two: string) => string>> = {
	'swanctl.conf': (one, two) =>
		`secrets {\n  ike-north {\n    id = north.example\n    secret = "${one}"\n  }\n  ike-south {\n    id = south.example\n    secret = "${two}"\n  }\n}\n`,
	'srx.conf': (one, two) =>
		['north', 'south']
			.map(
				(name, at) =>
					`set security ike policy ${name} mode main\nset security ike policy ${name} pre-shared-key ascii-text "${[one, two][at]}"\n`,
			)
			.join(''),
	'fortigate.conf': (one, two) =>
		`config vpn ipsec phase1-interface\n    edit "to-north"\n        set psksecret ${one}\n    next\n    edit "to-south"\n        set psksecret ${two}\n    next\nend\n`,
	'keyring.cfg': (one, two) =>
		`crypto keyring SITES\n  pre-shared-key address 198.51.100.10 key ${one}\n  pre-shared-key address 198.51.100.11 key ${two}\n`,
	'type7.cfg': (one, two) =>
		`crypto keyring SITES\n  pre-shared-key address 198.51.100.10 key 7 ${type7(one)}\n  pre-shared-key address 198.51.100.11 key 7 ${type7(two)}\n`,
	'isakmp.cfg': (one, two) =>
		`crypto isakmp key 7 ${type7(one)} address 198.51.100.10\ncrypto isakmp key 7 ${type7(two)} address 198.51.100.11\n`,
	'hostapd.wpa_psk': (one, two) => `vlanid=10 02:00:00:00:00:01 ${one}\nvlanid=11 02:00:00:00:00:02 ${two}\n`,
	'terraform.tfstate': (one, two) =>
		JSON.stringify({
			resources: ['north', 'south'].map((name, at) => ({
				name: `site_${name}`,
				instances: [{ attributes: { id: `vpn-${name}1`, tunnel1_preshared_key: [one, two][at] } }],
			})),
		}),
};

test('one key for two other ends of a hub is critical, a key for each of them nothing', async () => {
	for (const [name, made] of Object.entries(hubs)) {
		const one = randomText();
		assert.match((await sharing({ [name]: made(one, one) })).join(), /^critical: 2 devices/, name);
		assert.deepEqual(await sharing({ [name]: made(randomText(), randomText()) }), [], name);
	}
	const secrets = hubs['swanctl.conf'] ?? assert.fail();
	const link = phrase();
	assert.deepEqual(
		await sharing({ 'a/swanctl.conf': secrets(link, phrase()), 'b/swanctl.conf': secrets(link, phrase()) }),
		[],
	);
});

/** Letters and digits at random, as a generator of a cloud makes them. */
const randomText = (): string => {
	for (;;) {
		const stream = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16)).update(Buffer.alloc(96));
		const text = stream
			.toString('base64')
			.replaceAll(/[^A-Za-z0-9]/g, '')
			.slice(0, 32);
		const kinds = text.replaceAll(/[a-z]/g, 'a').replaceAll(/[A-Z]/g, 'A').replaceAll(/\d/g, '0');
		if (
			/\d/.test(text) &&
			[...Buffer.from(kinds)].filter((kind, at) => at > 0 && kind !== kinds.codePointAt(at - 1)).length >= 14
		)
			return text;
	}
};

const forms: Readonly<Record<string, (key: string, number: number) => string>> = {
	'prj.conf': (key) => `CONFIG_LWM2M=y\nCONFIG_APP_LWM2M_PSK="${key}"\n`,
	'esp.ini': (key) => `[mqtt]\nESP32_PSK=${key}\n`,
	'config.json': (key) => JSON.stringify({ applicationId: '1', deviceApiKey: key }),
	'log.txt': (key, number) => `POST /provision\n\n${JSON.stringify({ device: `cam-${number}`, psk: key })}\n`,
};

test('LWM2M, ESP32 and IKEv2 in the name of a key are no devices; a device in JSON in one line, and its API key, are known', async () => {
	for (const [name, made] of Object.entries(forms)) {
		const key = secret();
		const two = { [`node-1/${name}`]: made(key, 1), [`node-2/${name}`]: made(key, 2) };
		assert.match((await sharing(two)).join(), /^critical: 2 devices/, name);
		const own = { [`node-1/${name}`]: made(secret(), 1), [`node-2/${name}`]: made(secret(), 2) };
		assert.deepEqual(await sharing(own), [], name);
	}
});

const aaa: Readonly<Record<string, (key: string) => string>> = {
	tacacs: (key) => `hostname SW\n!\ntacacs server ISE\n address ipv4 10.1.1.5\n key ${key}\n!\n`,
	radius: (key) =>
		`hostname SW\n!\nradius server ISE\n address ipv4 10.1.1.5 auth-port 1812\n key 7 ${type7(key)}\n!\n`,
	old: (key) => `hostname SW\n!\ntacacs-server host 10.1.1.5 key ${key}\n!\n`,
	older: (key) => `hostname SW\n!\nradius-server key 7 ${type7(key)}\n!\n`,
};

test('the secret of TACACS+ or RADIUS on two switches is critical; on a switch and in the list of its server nothing', async () => {
	for (const [name, made] of Object.entries(aaa)) {
		const key = randomText();
		assert.match(
			(await sharing({ 'switch-1.cfg': made(key), 'switch-2.cfg': made(key) })).join(),
			/^critical: 2 devices/,
			name,
		);
		const client = `client switch-1 {\n\tipaddr = 10.2.0.1\n\tsecret = ${key}\n}\n`;
		const own = { 'switch-1.cfg': made(key), 'switch-2.cfg': made(randomText()), 'clients.conf': client };
		assert.deepEqual(await sharing(own), [], name);
	}
});

const x25519: Readonly<Record<string, (key: string) => string>> = {
	'router.rsc': (key) => `/interface wireguard\nadd listen-port=13231 name=wg1 \\\n    private-key="${key}"\n`,
	'node.yaml': (key) => `config:\n  security:\n    privateKey: base64:${key}\n`,
	'host.key': (key) => `-----BEGIN NEBULA X25519 PRIVATE KEY-----\n${key}\n-----END NEBULA X25519 PRIVATE KEY-----\n`,
};

test('private keys of RouterOS’s WireGuard, of Meshtastic and of Nebula on two devices are critical', async () => {
	for (const [name, made] of Object.entries(x25519)) {
		const key = octets();
		assert.match(
			(await sharing({ [`gw-1/${name}`]: made(key), [`gw-2/${name}`]: made(key) })).join(),
			/^critical: The same private key lies on 2 devices/,
			name,
		);
		assert.deepEqual(await sharing({ [`gw-1/${name}`]: made(octets()), [`gw-2/${name}`]: made(octets()) }), [], name);
	}
});
