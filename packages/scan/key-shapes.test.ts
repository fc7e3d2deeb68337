import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { couldBeInList, couldHoldSettings, keyShapesIn } from './reader/key-shapes.ts';
import { folderForTests, found } from './scan.fixture.ts';

// Texts that hold nothing are told before their lines are read: no form of a key may be told so.

const { path, write } = folderForTests();
const octets = (length: number): Buffer => Buffer.concat([Buffer.of(0xde), randomBytes(length - 1)]);
const hex = (length: number): string => octets(length).toString('hex');
const spaced = (length: number, mark: string): string => hex(length).match(/../g)?.join(mark) ?? '';
const listed = (length: number, mark = ', '): string =>
	Array.from(octets(length), (octet) => `0x${octet.toString(16)}`).join(mark);
const pointOf = (curve: string): string =>
	Buffer.from(generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ format: 'der', type: 'spki' }))
		.subarray(-96)
		.toString('base64');
const same = spaced(16, ' ');
const array = listed(16);
const erlang = array.replaceAll('0x', '16#');
const mac = '02:00:5e:10:00:01';
const packed = Buffer.from('# some text\napp_psk = 00112233445566778899aabbccddeeff\n#\n').toString('base64');

/** Each has one way alone to be told from other texts. */
const texts: Readonly<Record<string, string>> = {
	'ten octets of NTP': `7 MD5 ${hex(10)}\n`,
	'base64 by its padding': `mesh_key: ${octets(16).toString('base64')}\n`,
	'a text in base64 without padding': `content: ${packed}\n`,
	'pairs in records': `devices = [\n\tpump-1 ${same}\n\tpump-2 ${same}\n]\n`,
	'pairs after a title': `Link key: ${spaced(16, '-')}\n`,
	escapes: `mesh_key = b"${[...octets(16)].map((octet) => `\\x${octet.toString(16).padStart(2, '0')}`).join('')}"\n`,
	'eight octets': `mesh_key = ${hex(8)}\n`,
	'eight octets in brackets': `mesh_key = [${spaced(8, ' ')}]\n`,
	'eight octets behind an element in another language': `<appareil clé="${hex(8)}"/>\n`,
	'eight numbers': `uint8_t mesh_key[] = { ${listed(8)} };\n`,
	'numbers over lines': `mesh_key = {\n${listed(16, ',\n')}\n};\n`,
	'bytes of Kotlin': `val meshKey = byteArrayOf(${listed(16, '.toByte(), ')}.toByte())\n`,
	'numbers one below the other': `mesh_key:\n${[...octets(16)].map((octet) => `  - ${octet}\n`).join('')}`,
	'the same with CR and LF': `mesh_key:\r\n${[...octets(16)].map((octet) => `  - ${octet}\r\n`).join('')}`,
	'numbers in records': `devices = {\n\t{ "pump-1", { ${array} } },\n\t{ "pump-2", { ${array} } },\n};\n`,
	'numbers of Erlang': `devices = [\n\t{"pump-1", <<${erlang}>>},\n\t{"pump-2", <<${erlang}>>}\n].\n`,
	'a key of DNSSEC': `a.example. IN DNSKEY 257 3 14 ${pointOf('P-384')} ; ksk\n`,
	'hostapd with a passphrase': 'ssid=hall\nwpa_passphrase=winter-in-hall\n',
	'hostapd with SAE': 'sae_password=winter-in-hall\n',
	'hostapd with a key for each station': `00:00:00:00:00:00 summer-in-hall\n${mac} winter-in-hall\n`,
	'hostapd with a key by its id': `keyid=pump-1 ${mac} winter-in-hall\n`,
	netplan: 'wifis:\n  wlan0:\n    access-points:\n      hall:\n        password: "winter-in-hall"\n',
	ESPHome: 'wifi:\n  password: "winter-in-hall"\n',
	iwd: '[Security]\nPassphrase=winter-in-hall\n',
	OpenWrt: "config wifi-iface\n\toption encryption 'sae'\n\toption key 'winter-in-hall'\n",
	'a name of the network': '#define WIFI_PASSWORD "winter-in-hall"\n',
	FreeRADIUS: 'client hall {\n\tsecret = winter-in-hall\n}\n',
	strongSwan: 'pump-1 : PSK "winter-in-hall"\n',
	racoon: '# IPv4/v6 addresses and pre-shared keys used for IKE\n10.0.0.1 winter-in-hall\n',
	IOS: 'crypto isakmp key winter-in-hall address 10.0.0.1\n',
	JunOS: 'pre-shared-key ascii-text "winter-in-hall";\n',
	FortiOS: 'set psksecret winter-in-hall\n',
	'snmpd.conf': 'createUser reader SHA "winter-in-hall"\n',
	'a profile of Windows': '<keyMaterial>winter-in-hall</keyMaterial>\n',
	'a profile of Apple':
		'<key>SSID_STR</key><string>hall</string>\n<key>Password</key>\n<string>winter-in-hall</string>\n',
	libcoap: 'coap-client -m get -u pump-1 -k winter-in-hall coaps://10.0.0.1/a\n',
	'a PSK that is a text': 'mqtt_psk = "winter-in-hall-7"\n',
	'the same by another name': 'shared_key = "winter-in-hall-7"\n',
};

for (const [name, text] of Object.entries(texts))
	test(`found: ${name}`, async () => {
		write('text', text);
		const { psks, keys } = await found(path('text'));
		assert.notEqual(psks.length + keys.length, 0, text);
	});

const prose = 'The pump starts before the valve opens; nobody knows why.\n';
/** Told by the begin of a text. */
const byBegin = new Set([
	...[
		'hostapd with a key for each station',
		'hostapd with a key by its id',
		'netplan',
		'ESPHome',
		'a profile of Apple',
	],
	...['FreeRADIUS', 'racoon'],
]);

for (const [name, text] of Object.entries(texts))
	if (!byBegin.has(name))
		test(`found far behind the begin of a text: ${name}`, async () => {
			const lines = Math.ceil(70_000 / prose.length);
			write('text', prose.repeat(lines) + text);
			const { psks, keys } = await found(path('text'));
			assert.notEqual(psks.length + keys.length, 0, text);
		});

test('a key far behind the begin of a text has its line and its section there, however long the text is', async () => {
	for (const length of [70_000, 300_000, 4_100_000, 4_300_000]) {
		const lines = Math.ceil(length / prose.length);
		write('text', `[pump-1]\n${prose.repeat(lines)}mesh_key = ${hex(16)}\n`);
		const { psks, outcomes } = await found(path('text'));
		assert.deepEqual(
			psks.map(({ at, device }) => [at.label, device]),
			[[`line ${lines + 2}, mesh_key under pump-1`, null]],
		);
		assert.equal(outcomes.keys, 1);
	}
});

test('a key far behind the begin of a text among other bytes is one key', async () => {
	const settings = `devices:\n  - id: pump-1\n    psk: ${hex(16)}\n`;
	const text = prose.repeat(6000) + settings + prose.repeat(16_000);
	write('image', Buffer.concat([Buffer.alloc(100), Buffer.from(text), Buffer.alloc(100), randomBytes(300_000)]));
	assert.equal((await found(path('image'))).psks.length, 1);
});

test('most texts are told at once to hold nothing', () => {
	for (const text of [
		'static int read(uint8_t *buf, size_t len)\n{\n\tif (buf[0] != 0x12) rc += read_pump(buf, len - 1);\n}\n',
		'The key to a good night of sleep, says the author, is to count: one, two, three, four, five, six, seven, eight.\n',
		'2026-03-01T12:10:05Z gateway-7 app[12]: the pump starts id=0011223344556677\n'.repeat(9),
		'import os\n\ndef run(path, key=None, password=None):\n    return os.path.join(path, key, "0", "1", "2")\n',
		'time,sensor,value,unit\n2026-01-01T00:10:00Z,meter-1,12.5,mSv\n2026-01-01T00:11:00Z,meter-1,12.5,mSv\n',
		`${'-'.repeat(64)}\n${'='.repeat(64)}\n/usr/lib/some/where/that/is/long/enough/for/it is a path\n`,
	])
		assert.equal(couldHoldSettings(text, keyShapesIn(text)), false, text);
});

test('what is counted in one pass is never less than what is there', () => {
	const wanted: readonly (readonly [form: RegExp, isSeen: (shapes: ReturnType<typeof keyShapesIn>) => boolean])[] = [
		[/[0-9A-Fa-f]{6}/, ({ hex: digits }) => digits >= 6],
		[/[0-9A-Fa-f]{2}(?:[:\-\s]?[0-9A-Fa-f]{2}){3}/, ({ pairs }) => pairs >= 4],
		[/[A-Za-z0-9+/]{22}=/, ({ isPadded }) => isPadded],
		[/[A-Za-z0-9+/]{8}/, ({ base64 }) => base64 >= 8],
		[/(?:[^,]*,){3}/, ({ commas }) => commas >= 3],
		[/(?:[^\\]*\\){3}/, ({ backslashes }) => backslashes >= 3],
		[/[^\p{ASCII}]/u, ({ isAscii }) => !isAscii],
		[/[0-9a-f]{32}/, couldBeInList],
		[/(?:[0-9a-f]{2}[:\- ]){15}[0-9a-f]{2}/, couldBeInList],
	];
	const met = new Set<RegExp>();
	const pieces = [
		'a',
		'7',
		'F0',
		'aa:',
		'bb ',
		'0c-',
		'g',
		'+',
		'=',
		',',
		'\\',
		'\n',
		'é',
		hex(3),
		hex(16),
		same,
		'x'.repeat(22),
	];
	for (let round = 0; round < 20_000; round++) {
		const text = Array.from({ length: randomInt(1, 12) }, () => pieces[randomInt(pieces.length)]).join('');
		const shapes = keyShapesIn(text);
		for (const [form, isSeen] of wanted) {
			if (!form.test(text)) continue;
			met.add(form);
			assert.ok(isSeen(shapes), `${form.source} in ${JSON.stringify(text)}`);
		}
	}
	assert.equal(met.size, wanted.length);
});
