import { type Kit, listOf, noise, type Settings } from './kit.ts';

const hex = ({ secrets }: Kit): string => secrets.psk.toString('hex');
const other = (): string => noise(16).toString('hex');
const phrase = (name: string, make: (phrase: string) => string): Settings => ({
	name,
	holds: 'phrase',
	make: (kit) => make(kit.secrets.phrase),
});
const psk = (name: string, make: (hex: string, kit: Kit) => string | Uint8Array): Settings => ({
	name,
	holds: 'psk',
	make: (kit) => make(hex(kit), kit),
});
const key = (name: string, make: (pem: string, kit: Kit) => string | Uint8Array): Settings => ({
	name,
	holds: 'key',
	make: (kit) => make(kit.secrets.pem, kit),
});
const octets = (text: string, one: (octet: number) => string, between = ', '): string =>
	Array.from(Buffer.from(text, 'hex'), one).join(between);
const c = (octet: number): string => `0x${octet.toString(16).padStart(2, '0')}`;

/** Settings of programs that people run, with a passphrase or a PSK. */
const programs: readonly Settings[] = [
	phrase('wpa_supplicant', (p) => `ctrl_interface=/run/wpa\nnetwork={\n\tssid="plant"\n\tpsk="${p}"\n}\n`),
	phrase('hostapd', (p) => `interface=wlan0\nssid=plant\nwpa=2\nwpa_key_mgmt=WPA-PSK\nwpa_passphrase=${p}\n`),
	phrase('hostapd wpa_psk_file', (p) => `# comment\n00:00:00:00:00:00 ${p}\nkeyid=a 02:11:22:33:44:55 ${p}\n`),
	phrase('hostapd SAE', (p) => `interface=wlan0\nwpa_key_mgmt=SAE\nsae_password=${p}|mac=ff:ff:ff:ff:ff:ff\n`),
	phrase('NetworkManager', (p) => `[connection]\nid=plant\ntype=wifi\n\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=${p}\n`),
	phrase(
		'netplan',
		(p) =>
			`network:\n  version: 2\n  wifis:\n    wlan0:\n      access-points:\n        "plant":\n          password: "${p}"\n`,
	),
	phrase(
		'netplan auth',
		(p) =>
			`network:\n  wifis:\n    wlan0:\n      access-points:\n        plant:\n          auth:\n            key-management: psk\n            password: ${p}\n`,
	),
	phrase('iwd', (p) => `[Security]\nPassphrase=${p}\n`),
	phrase('ConnMan', (p) => `[service_plant]\nType = wifi\nName = plant\nPassphrase = ${p}\n`),
	phrase(
		'OpenWrt wireless',
		(p) => `config wifi-iface 'default'\n\toption ssid 'plant'\n\toption encryption 'psk2'\n\toption key '${p}'\n`,
	),
	phrase('interfaces(5)', (p) => `iface wlan0 inet dhcp\n\twpa-ssid plant\n\twpa-psk ${p}\n`),
	phrase('sdkconfig', (p) => `CONFIG_ESP_WIFI_SSID="plant"\nCONFIG_ESP_WIFI_PASSWORD="${p}"\n`),
	phrase('sdkconfig, PSK', (p) => `CONFIG_MQTT_PSK_IDENTITY="pump"\nCONFIG_MQTT_PSK="${p}"\n`),
	phrase('Arduino secrets.h', (p) => `#define WIFI_SSID "plant"\n#define WIFI_PASSWORD "${p}"\n`),
	phrase('Arduino, MQTT PSK', (p) => `const char* mqttPsk = "${p}";\n`),
	phrase('ESPHome', (p) => `wifi:\n  ssid: plant\n  password: ${p}\n`),
	{
		name: 'ESPHome API',
		holds: 'psk',
		make: ({ secrets }) =>
			`api:\n  encryption:\n    key: "${Buffer.concat([secrets.psk, secrets.psk]).toString('base64')}"\n`,
	},
	phrase('FreeRADIUS clients.conf', (p) => `client plant {\n\tipaddr = 10.0.0.1\n\tsecret = ${p}\n}\n`),
	phrase(
		'FreeRADIUS TLS-PSK',
		(p) => `tls {\n\tpsk_identity = "pump"\n\tpsk_hexphrase = "${Buffer.from(p).toString('hex')}"\n}\n`,
	),
	phrase('strongSwan ipsec.secrets', (p) => `# secrets\n10.0.0.1 10.0.0.2 : PSK "${p}"\n`),
	phrase('strongSwan swanctl', (p) => `secrets {\n  ike-1 {\n    id = pump\n    secret = "${p}"\n  }\n}\n`),
	phrase(
		'racoon psk.txt',
		(p) => `# file for pre-shared keys used for IKE authentication\n10.160.94.3\t${p}\n10.0.0.7\t${p}\n`,
	),
	psk('mosquitto psk_file', (h) => `pump-1:${h}\n`),
	psk('mosquitto bridge', (h) => `connection up\naddress up:8883\nbridge_identity pump\nbridge_psk ${h}\n`),
	psk(
		'zigbee2mqtt',
		(_h, { secrets }) =>
			`advanced:\n  network_key:\n${Array.from(secrets.psk, (octet) => `    - ${octet}`).join('\n')}\n`,
	),
	psk('zigbee2mqtt, in line', (_h, { secrets }) => `advanced:\n  network_key: [${[...secrets.psk].join(', ')}]\n`),
	psk('zigbee coordinator backup', (h) =>
		JSON.stringify({
			metadata: { format: 'zigpy/open-coordinator-backup' },
			network_key: { key: h, sequence_number: 0 },
		}),
	),
	psk('OpenThread dataset', (h) =>
		`0e080000000000010000000300001035060004001fffe00208aabbccddeeff00110708fd0102030405060705 10${h}030f4f70656e5468726561642d39663233010299230c0402a0f7f8`.replace(
			' ',
			'',
		),
	),
	psk(
		'OpenThread, text',
		(h) => `Active Timestamp: 1\nChannel: 15\nNetwork Key: ${h}\nNetwork Name: plant\nPSKc: ${other()}\n`,
	),
	psk(
		'Zephyr prj.conf',
		(h) => `CONFIG_OPENTHREAD=y\nCONFIG_OPENTHREAD_NETWORKKEY="${h.replaceAll(/..(?=.)/g, '$&:')}"\n`,
	),
	psk(
		'OpenVPN static key',
		(h) =>
			`#\n# 2048 bit OpenVPN static key\n#\n-----BEGIN OpenVPN Static key V1-----\n${Array.from({ length: 16 }, () => h).join('\n')}\n-----END OpenVPN Static key V1-----\n`,
	),
	{
		name: 'WireGuard',
		holds: 'psk',
		make: ({ secrets }) =>
			`[Interface]\nPrivateKey = ${noise(32).toString('base64')}\n\n[Peer]\nPresharedKey = ${Buffer.concat([secrets.psk, secrets.psk]).toString('base64')}\n`,
	},
	psk(
		'BIND TSIG',
		(_h, { secrets }) =>
			`key "update" {\n\talgorithm hmac-sha256;\n\tsecret "${secrets.psk.toString('base64')}";\n};\n`,
	),
	psk('GnuTLS psk.passwd', (h) => `pump-1:${h}\npump-2:${other()}\n`),
	phrase('SNMPv3 snmpd.conf', (p) => `createUser monitor SHA "${p}" AES "${p}"\n`),
	phrase('ser2net / YAML psk', (p) => `connection:\n  psk: ${p}\n`),
	phrase('docker-compose environment', (p) => `services:\n  mqtt:\n    environment:\n      - MQTT_PSK=${p}\n`),
	psk('.env', (h) => `DEVICE_ID=pump-1\nDEVICE_PSK=${h}\n`),
	psk('Kubernetes secret', (h) => `apiVersion: v1\nkind: Secret\ndata:\n  psk: ${Buffer.from(h).toString('base64')}\n`),
	phrase(
		'Windows WLAN profile',
		(p) =>
			`<?xml version="1.0"?><WLANProfile><MSM><security><sharedKey><keyType>passPhrase</keyType><protected>false</protected><keyMaterial>${p}</keyMaterial></sharedKey></security></MSM></WLANProfile>\n`,
	),
	phrase(
		'Apple configuration profile',
		(p) =>
			`<plist version="1.0"><dict><key>SSID_STR</key><string>plant</string><key>Password</key><string>${p}</string><key>PayloadType</key><string>com.apple.wifi.managed</string></dict></plist>\n`,
	),
	psk('XML attributes', (h) => `<devices><device serial="SN-1" psk="${h}"/></devices>\n`),
	psk(
		'XML elements',
		(h) => `<devices>\n <device>\n  <serial>SN-1</serial>\n  <psk>${h}</psk>\n </device>\n</devices>\n`,
	),
	psk('Java properties', (h) => `device.id=pump-1\nmqtt.tls.psk=${h}\n`),
	psk('TOML', (h) => `[device]\nid = "pump-1"\npsk = "${h}"\n`),
	psk(
		'Windows registry file',
		(h) => `Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Device]\r\n"PSK"="${h}"\r\n`,
	),
	psk(
		'Azure connection string',
		(_h, { secrets }) =>
			`CONN=HostName=a.azure-devices.net;DeviceId=pump-1;SharedAccessKey=${Buffer.concat([secrets.psk, secrets.psk]).toString('base64')}\n`,
	),
];

/** Lists of devices. */
const lists: readonly Settings[] = [
	psk('CSV', (_h, kit) => listOf(kit.secrets)),
	psk('CSV, semicolons and quotes', (h) => `"Serial";"PSK"\n"SN-1";"${h}"\n"SN-2";"${other()}"\n`),
	psk('TSV', (h) => `serial\tpsk\nSN-1\t${h}\nSN-2\t${other()}\n`),
	psk('CSV without a header', (h) => `SN-000001,${h}\nSN-000002,${other()}\nSN-000003,${other()}\n`),
	psk('CSV with a title row', (h) => `Export of May;;\n\nserial;note;psk\nSN-1;x;${h}\n`),
	psk('CSV, odd title', (h) => `Seriennummer,TLS PSK Hex\nSN-1,${h}\nSN-2,${other()}\n`),
	psk('CSV, UTF-16', (h) => Buffer.from(`\ufeffserial,psk\r\nSN-1,${h}\r\n`, 'utf16le')),
	psk('blanks for columns', (h) => `serial      psk\nSN-1        ${h}\nSN-2        ${other()}\n`),
	psk('Markdown table', (h) => `| serial | psk |\n|---|---|\n| SN-1 | ${h} |\n| SN-2 | ${other()} |\n`),
	psk(
		'HTML table',
		(h) => `<table><tr><th>serial</th><th>psk</th></tr>\n<tr><td>SN-1</td><td>${h}</td></tr></table>\n`,
	),
	psk('ChirpStack CSV', (h) => `dev_eui,name,app_key\n70b3d57ed0000001,pump,${h}\n`),
	psk('TTS JSON', (h) =>
		JSON.stringify({
			ids: { device_id: 'pump', dev_eui: '70B3D57ED0000001' },
			root_keys: { app_key: { key: h.toUpperCase() } },
		}),
	),
	psk(
		'TTS YAML',
		(h) =>
			`end_device:\n  ids:\n    device_id: pump\n    dev_eui: 70B3D57ED0000001\n  root_keys:\n    app_key:\n      key: ${h.toUpperCase()}\n`,
	),
	psk('JSON lines', (h) => `{"serial":"SN-1","psk":"${h}"}\n{"serial":"SN-2","psk":"${other()}"}\n`),
	psk('JSON rows', (h) =>
		JSON.stringify([
			['serial', 'psk'],
			['SN-1', h],
			['SN-2', other()],
		]),
	),
	psk('YAML list', (h) => `devices:\n  - serial: SN-1\n    psk: ${h}\n  - serial: SN-2\n    psk: ${other()}\n`),
	psk(
		'SQL INSERT without columns',
		(h) => `CREATE TABLE devices (serial text, psk text);\nINSERT INTO devices VALUES('SN-1','${h}');\n`,
	),
	psk(
		'mysqldump',
		(h) =>
			`CREATE TABLE \`devices\` (\n  \`serial\` varchar(32) NOT NULL,\n  \`psk\` binary(16) DEFAULT NULL,\n  PRIMARY KEY (\`serial\`)\n) ENGINE=InnoDB;\nINSERT INTO \`devices\` VALUES ('SN-1',0x${h.toUpperCase()}),('SN-2',_binary 'abcdefgh');\n`,
	),
	psk('pg_dump COPY', (h) => `COPY public.devices (serial, psk) FROM stdin;\nSN-1\t\\\\x${h}\n\\.\n`),
	psk(
		'LDIF',
		(h) =>
			`dn: cn=pump,dc=example\nobjectClass: device\nserialNumber: SN-1\npsk:: ${Buffer.from(h).toString('base64')}\n`,
	),
	psk('Python dict', (h) => `DEVICES = {\n    "SN-1": {"psk": "${h}"},\n    "SN-2": {"psk": "${other()}"},\n}\n`),
];

/** Source code and text that holds a key. */
const source: readonly Settings[] = [
	psk('C array', (h) => `static const uint8_t psk[16] = { ${octets(h, c)} };\n`),
	psk('C macro', (h) => `#define APPKEY ${octets(h, c)}\n`),
	psk(
		'C string of escapes',
		(h) => `const char psk[] = "${octets(h, (octet) => `\\x${octet.toString(16).padStart(2, '0')}`, '')}";\n`,
	),
	psk('C, decimal', (h) => `static const unsigned char device_psk[] = {${octets(h, String)}};\n`),
	psk('Go', (h) => `var psk = []byte{${octets(h, c)}}\n`),
	psk('Rust', (h) => `const PSK: [u8; 16] = [${octets(h, c)}];\n`),
	psk('Java', (h) => `private static final byte[] PSK = { ${octets(h, (octet) => `(byte) ${c(octet)}`)} };\n`),
	psk('Python bytes', (h) => `PSK = b'${octets(h, (octet) => `\\x${octet.toString(16).padStart(2, '0')}`, '')}'\n`),
	psk('Python fromhex', (h) => `psk = bytes.fromhex("${h}")\n`),
	psk('C#', (h) => `byte[] psk = new byte[] { ${octets(h, c)} };\n`),
	psk('JavaScript', (h) => `const psk = Buffer.from('${h}', 'hex');\n`),
	psk('JavaScript array', (h) => `const psk = Uint8Array.from([${octets(h, String)}]);\n`),
	psk(
		'command line',
		(h) => `coap-client -u pump-1 -k ${h} coaps://a\nmosquitto_pub -h a --psk-identity pump --psk ${h} -t x -m y\n`,
	),
	key(
		'PEM in a C string',
		(pem) =>
			`static const char *key =\n${pem
				.trim()
				.split('\n')
				.map((line) => `"${line}\\n"`)
				.join('\n')};\n`,
	),
	key('PEM in JSON', (pem) => JSON.stringify({ key: pem })),
	key('PEM in YAML', (pem) => `key: |\n${pem.replaceAll(/^/gm, '  ')}\n`),
	key('PEM in one line', (pem) => `KEY="${pem.trim().replaceAll('\n', '\\n')}"\n`),
	key('PEM with blanks for line ends', (pem) => `key=${pem.trim().replaceAll('\n', ' ')}\n`),
	key('PEM in comments', (pem) => pem.replaceAll(/^/gm, '# ')),
	key('PEM in a quoted reply', (pem) => pem.replaceAll(/^/gm, '> ')),
	key('PEM, percent-encoded', (pem) => `X-Client-Key: ${encodeURIComponent(pem)}\n`),
	key('PEM in XML with entities', (pem) => `<key>${pem.replaceAll('\n', '&#10;').replaceAll('+', '&#43;')}</key>\n`),
	key('base64 of DER in YAML', (_pem, { secrets }) => `key: ${secrets.der.toString('base64')}\n`),
	key('base64url of DER', (_pem, { secrets }) => `key=${secrets.der.toString('base64url')}\n`),
	key(
		'DER in a C array',
		(_pem, { secrets }) =>
			`unsigned char key[] = {\n${Array.from(secrets.der, c)
				.join(', ')
				.replaceAll(/(.{70}) /g, '$1\n')}\n};\n`,
	),
	key('DER in hex', (_pem, { secrets }) => `key: ${secrets.der.toString('hex')}\n`),
	key(
		'DER in hex with colons',
		(_pem, { secrets }) =>
			`${secrets.der
				.toString('hex')
				.replaceAll(/..(?=.)/g, '$&:')
				.replaceAll(/.{45}/g, '    $&\n')}\n`,
	),
	key('openssl rsa -text', (_pem, kit) => {
		kit.write('k.pem', kit.secrets.pem);
		return kit.run('openssl', ['rsa', '-in', 'k.pem', '-noout', '-text']);
	}),
	key('JWK', (_pem, { secrets }) => JSON.stringify(secrets.key.export({ format: 'jwk' }))),
	key('DKIM', (_pem, kit) => {
		kit.write('k.pem', kit.secrets.pem);
		const spki = kit.run('openssl', ['pkey', '-in', 'k.pem', '-pubout', '-outform', 'DER']).toString('base64');
		return `mail._domainkey IN TXT ( "v=DKIM1; k=rsa; p=${spki.slice(0, 120)}"\n\t"${spki.slice(120)}" )\n`;
	}),
	key('DNSKEY', (_pem, { secrets }) => {
		const n = Buffer.from(secrets.key.export({ format: 'jwk' }).n ?? '', 'base64url');
		return `example.net. 3600 IN DNSKEY 256 3 8 ${Buffer.concat([Buffer.from([3, 1, 0, 1]), n]).toString('base64')}\n`;
	}),
	key('DNSSEC private key', (_pem, { secrets }) => {
		const jwk = secrets.key.export({ format: 'jwk' });
		const field = (name: 'n' | 'e' | 'd' | 'p' | 'q'): string =>
			Buffer.from(jwk[name] ?? '', 'base64url').toString('base64');
		return `Private-key-format: v1.3\nAlgorithm: 8 (RSASHA256)\nModulus: ${field('n')}\nPublicExponent: ${field('e')}\nPrivateExponent: ${field('d')}\nPrime1: ${field('p')}\nPrime2: ${field('q')}\n`;
	}),
	key('SSH public key', (_pem, kit) => {
		kit.write('k.pem', kit.secrets.key.export({ type: 'pkcs1', format: 'pem' }));
		return kit.run('ssh-keygen', ['-y', '-f', 'k.pem']);
	}),
	key('XML key of .NET', (_pem, { secrets }) => {
		const jwk = secrets.key.export({ format: 'jwk' });
		const field = (name: 'n' | 'e'): string => Buffer.from(jwk[name] ?? '', 'base64url').toString('base64');
		return `<RSAKeyValue><Modulus>${field('n')}</Modulus><Exponent>${field('e')}</Exponent></RSAKeyValue>\n`;
	}),
];

export const settings: readonly Settings[] = [...programs, ...lists, ...source];
