import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, minutes, seconds } from '@keyward/core';
import * as fc from 'fast-check';
import { readSite } from './read-site.ts';
import { alertKinds, type SiteFile } from './site-file.ts';
import { serviceOptionsOf } from '../config/service-options.ts';
import { siteTemplate, usualAnswers } from './template.ts';

const folder = '/etc/keyward';

const good = `name: keyward.plant.example
addresses: [10.0.0.5, keyward.local]
listen: 0.0.0.0
ports:
  https: 443
  http: 80
  mqtt:
    - { port: 8883, floor: tls1.3 }
    - { port: 8884, floor: tls1.3-pq }
  metrics: "[::1]:9464"
seal-file: /mnt/seal/key
manufacturers:
  - { name: Example Semiconductor, anchors: [manufacturers/one.pem, /roots/two.der], manifests: [box.json], denied-firmware: ['7002'] }
emulators:
  - { name: swtpm, anchors: [swtpm.pem] }
authority: { custody: pkcs11, module: /usr/lib/hsm.so, token: keyward, pin-file: hsm.pin }
readings-key: { custody: pkcs11, module: /usr/lib/hsm.so, token: readings, pin-file: hsm.pin }
retention: 400d
alerts: { url: "https://alerts.example/keyward", secret-file: alerts.secret, events: [disk-short] }
time-source: { nts: time.example.org, port: 4461, ca: nts.pem }
sign-in:
  - { name: plant, issuer: "https://login.plant.example/realms/plant", client-id: keyward, secret-file: issuer.secret, ca: plant.pem, proves: [{ acr: phr, as: passkey }, { amr: otp, as: second-factor }] }
witnesses: { quorum: 1, of: [{ url: "https://witness.example/w1", key: "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2" }] }
advisories: { folder: advisories, publishers: ["https://psirt.example"] }
security-txt: { contact: [mailto:a@b.example], expires: 2027-06-01T00:00:00Z, policy: [https://b.example/p] }
session-expiry: 7d
clock-tolerance: 2 min
log-level: debug
`;

const WITNESS = 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2';

const siteOf = (text: string): SiteFile => {
	const read = readSite(text, folder);
	assert.ok('site' in read, JSON.stringify(read));
	return read.site;
};

/** Findings as `line:column message`. */
const findingsOf = (text: string): string[] => {
	const read = readSite(text, folder);
	return 'findings' in read ? read.findings.map(({ line, column, message }) => `${line}:${column} ${message}`) : [];
};

test('reads a site file whole, its paths from its folder', () => {
	assert.deepEqual(siteOf(good), {
		name: 'keyward.plant.example',
		addresses: ['10.0.0.5', 'keyward.local'],
		listen: '0.0.0.0',
		ports: {
			https: [{ port: 443, floor: 'tls1.3' }],
			http: 80,
			mqtt: [
				{ port: 8883, floor: 'tls1.3' },
				{ port: 8884, floor: 'tls1.3-pq' },
			],
			metrics: { host: '::1', port: 9464 },
		},
		sealFile: '/mnt/seal/key',
		manufacturers: [
			{
				name: 'Example Semiconductor',
				anchors: ['/etc/keyward/manufacturers/one.pem', '/roots/two.der'],
				manifests: ['/etc/keyward/box.json'],
				manifestSigners: [],
				revoked: [],
				deniedFirmware: ['7002'],
			},
		],
		emulators: [
			{
				name: 'swtpm',
				anchors: ['/etc/keyward/swtpm.pem'],
				manifests: [],
				manifestSigners: [],
				revoked: [],
				deniedFirmware: [],
			},
		],
		authority: { custody: 'pkcs11', module: '/usr/lib/hsm.so', token: 'keyward', pinFile: '/etc/keyward/hsm.pin' },
		readingsKey: { custody: 'pkcs11', module: '/usr/lib/hsm.so', token: 'readings', pinFile: '/etc/keyward/hsm.pin' },
		retention: days(400),
		alerts: {
			url: 'https://alerts.example/keyward',
			secretFile: '/etc/keyward/alerts.secret',
			events: ['disk-short'],
		},
		timeSource: { authenticated: true, host: 'time.example.org', port: 4461, caFile: '/etc/keyward/nts.pem' },
		witnesses: { quorum: 1, of: [{ url: 'https://witness.example/w1/', key: WITNESS }] },
		issuers: [
			{
				...{ name: 'plant', issuer: 'https://login.plant.example/realms/plant', clientId: 'keyward' },
				...{ secretFile: '/etc/keyward/issuer.secret', caFile: '/etc/keyward/plant.pem' },
				proves: [
					{ claim: 'acr', value: 'phr', as: 'passkey' },
					{ claim: 'amr', value: 'otp', as: 'second-factor' },
				],
			},
		],
		advisories: { folder: '/etc/keyward/advisories', publishers: ['https://psirt.example'] },
		securityText: {
			...{
				contact: ['mailto:a@b.example'],
				expires: Date.parse('2027-06-01T00:00:00Z'),
				policy: ['https://b.example/p'],
			},
			...{ encryption: [], acknowledgments: [], canonical: [], hiring: [], preferredLanguages: [] },
		},
		sessionExpiry: days(7),
		clockTolerance: minutes(2),
		logLevel: 'debug',
	});
});

test('what it does not say stays open; nothing of hardware is taken for granted', () => {
	const site = siteOf('log-level: warn\n');
	assert.deepEqual(site, {
		addresses: [],
		ports: { https: [], mqtt: [], metrics: null },
		manufacturers: [],
		emulators: [],
		authority: { custody: 'file' },
		readingsKey: { custody: 'file' },
		retention: null,
		alerts: null,
		timeSource: null,
		witnesses: null,
		issuers: [],
		advisories: null,
		securityText: null,
		logLevel: 'warn',
	});
	assert.equal('mqttsPort' in serviceOptionsOf(site), false);
});

test('the first MQTT listener is the main one, the others follow with their own floors', () => {
	const { mqttsPort, floor, listeners, httpPort, host } = serviceOptionsOf(siteOf(good));
	assert.deepEqual(
		[mqttsPort, floor, listeners, httpPort, host],
		[8883, 'tls1.3', [{ port: 8884, floor: 'tls1.3-pq' }], 80, '0.0.0.0'],
	);
	assert.equal(serviceOptionsOf(siteOf('ports: { http: none }')).httpPort, null);
	const two = 'ports: { https: [{ port: 443, floor: tls1.3 }, { port: 444, floor: tls1.3-pq }] }';
	const { httpsPort, httpsFloor, httpsListeners } = serviceOptionsOf(siteOf(two));
	assert.deepEqual([httpsPort, httpsFloor, httpsListeners], [443, 'tls1.3', [{ port: 444, floor: 'tls1.3-pq' }]]);
	const old = '{ port: 445, floor: tls1.2-aead }';
	assert.equal(siteOf(`ports: { https: [{ port: 443, floor: tls1.3 }, ${old}] }`).ports.https.length, 2);
});

test('the template is a site file, whatever is answered, and says what it is asked', () => {
	const site = siteOf(siteTemplate({ name: 'plant.example', listen: '0.0.0.0', https: 443, mqtt: 8884 }));
	assert.deepEqual(
		[site.name, site.listen, site.ports.https, site.ports.http, site.ports.mqtt],
		['plant.example', '0.0.0.0', [{ port: 443, floor: 'tls1.3' }], null, [{ port: 8884, floor: 'tls1.3' }]],
	);
	// What is commented out is right as well, once the comment is taken away.
	const lines = siteTemplate(usualAnswers).split('\n');
	const bare = lines
		.filter((line) => !/^(?:authority|readings-key): \{ custody: file/.test(line))
		.map((line) =>
			line.replace(
				/^# (?=(?:addresses|seal-file|manufacturers|emulators|authority|readings-key|session-expiry|clock-tolerance|oldest-reading|alerts|time-source|witnesses|advisories|sign-in|security-txt):| {2})/,
				'',
			),
		);
	assert.equal(siteOf(bare.join('\n')).sessionExpiry, days(7));
	assert.equal(siteOf(bare.join('\n')).alerts?.events.length, alertKinds.length);
	assert.equal(siteOf(bare.join('\n')).clockTolerance, seconds(60));
	assert.equal(siteOf(bare.join('\n')).oldestReading, days(90));
});

const wrong: readonly (readonly [string, string, RegExp])[] = [
	['an unknown key', 'nmae: a\n', /^1:1 the site file has no key "nmae"; did you mean "name"\?$/],
	['a key of a part', 'ports:\n  htps: 1\n', /^2:3 ports has no key "htps"; did you mean "https"\?$/],
	['a port out of range', 'ports: { https: 70000 }', /^1:17 https of ports must be a port .*, not 70000$/],
	[
		'HTTPS below TLS 1.3 alone',
		'ports: { https: [{ port: 443, floor: tls1.2-aead }] }',
		/must begin with a listener for the API, tls1\.3 or tls1\.3-pq/,
	],
	['a port in quotes', 'ports: { https: "443" }', /must be a port .*, not "443"$/],
	['one port twice', 'ports: { https: 8883, mqtt: [{ port: 8883, floor: tls1.3 }] }', /both ask for port 8883$/],
	['an unknown floor', 'ports: { mqtt: [{ port: 1, floor: tls1.1 }] }', /must be one of tls1\.2-aead, tls1\.3/],
	['a listener without a floor', 'ports: { mqtt: [{ port: 1 }] }', /lacks floor$/],
	['no listener', 'ports: { mqtt: [] }', /must name at least one listener$/],
	['metrics for everybody', 'ports: { metrics: "0.0.0.0:9464" }', /must be none, or an address of this machine alone/],
	['a manufacturer without anchors', 'manufacturers: [{ name: a, anchors: [] }]', /must name at least one$/],
	[
		'a revoked part that is malformed',
		'manufacturers: [{ name: a, anchors: [b], revoked: [c] }]',
		/the file of a certificate/,
	],
	[
		'malformed firmware',
		'manufacturers: [{ name: a, anchors: [b], denied-firmware: [7.2] }]',
		/a TPM firmware version/,
	],
	[
		'its old name beside the new one',
		'makers: [{ name: a, anchors: [b] }]\nmanufacturers: [{ name: c, anchors: [d] }]',
		/join the two lists$/,
	],
	['a manufacturer twice', 'manufacturers: [{ name: a, anchors: [b] }, { name: a, anchors: [c] }]', /names a twice/],
	['a token without its PIN file', 'authority: { custody: pkcs11, module: a, token: b }', /lacks pin-file/],
	[
		'a PIN written down',
		'authority: { custody: pkcs11, module: a, token: b, pin: 1234 }',
		/no key "pin"; custody, module, token, pin-file are known/,
	],
	['a token for files', 'authority: { custody: file, token: b }', /^1:29 token belongs to custody: pkcs11/],
	['retention without a unit', 'retention: 400', /must be forever, or a span .*, not 400$/],
	['retention of an hour', 'retention: 1h', /must be forever/],
	[
		'a plain webhook',
		'alerts: { url: "http://alerts.example/", secret-file: a }',
		/must be an https:\/\/ address without name and password/,
	],
	[
		'a password in the webhook',
		'alerts: { url: "https://a:hunter2@c.example/", secret-file: a }',
		/^(?!.*hunter2).*must be an https/,
	],
	[
		'a contact by plain web',
		'security-txt: { contact: ["http://a.example"], expires: 2027-06-01T00:00:00Z }',
		/mailto:, tel: or https:/,
	],
	['a text without an end', 'security-txt: { contact: [mailto:a@b.example] }', /lacks expires$/],
	[
		'an end without a zone',
		'security-txt: { contact: [mailto:a@b.example], expires: 2027-06-01 }',
		/a time with its zone/,
	],
	['a text without a contact', 'security-txt: { contact: [], expires: 2027-06-01T00:00:00Z }', /at least one$/],
	[
		'a second line in a contact',
		'security-txt: { contact: ["mailto:a@b.example\\nContact: x"], expires: 2027-06-01T00:00:00Z }',
		/mailto:, tel:/,
	],
	['two time sources', 'time-source: { nts: a.example, ntp: b.example }', /names one server/],
	['a time source that names no server', 'time-source: { port: 123 }', /names one server/],
	['a CA for plain NTP', 'time-source: { ntp: a.example, ca: x.pem }', /for nts alone/],
	['a time source at port 0', 'time-source: { ntp: a.example, port: 0 }', /must be a port/],
	['advisories without a folder', 'advisories: { publishers: [] }', /lacks folder$/],
	['a webhook without a key', 'alerts: { url: "https://c.example/" }', /lacks secret-file$/],
	[
		'an unknown event',
		'alerts: { url: "https://c.example/", secret-file: a, events: [fire] }',
		/must be one of posture-fell/,
	],
	['a tolerance beyond reason', 'clock-tolerance: 1h', /must be a span from 1s to 10min/],
	['an unknown level', 'log-level: loud', /must be one of error, warn, info, debug/],
	['a malformed host name', 'name: "bad name"', /must be a host name or an IP address/],
	['an alias', 'name: &a b\naddresses: [*a]\n', /a site file has no anchors/],
	['nothing', '', /^1:1 the site file is empty$/],
];

for (const [what, text, pattern] of wrong) {
	test('manufacturers may still be called makers', () => {
		const entries = '[{ name: Acme, anchors: [root.pem] }]\n';
		assert.deepEqual(readSite(`makers: ${entries}`, '/site'), readSite(`manufacturers: ${entries}`, '/site'));
	});

	test(`${what} is refused with its place`, () => {
		const findings = findingsOf(text);
		assert.ok(
			findings.some((finding) => pattern.test(finding)),
			`${String(pattern)} is not in ${JSON.stringify(findings)}`,
		);
	});
}

test('whatever is written, it is read or refused with findings in the order of the text', () => {
	const part = fc.constantFrom(
		...good.split('\n'),
		'ports: 1',
		'- a',
		'manufacturers: {}',
		'alerts: x',
		'authority: []',
	);
	fc.assert(
		fc.property(fc.array(part, { maxLength: 12 }), (lines) => {
			const read = readSite(lines.join('\n'), folder);
			if ('site' in read) return;
			assert.ok(read.findings.length > 0);
			const places = read.findings.map(({ line, column }) => line * 1e6 + column);
			assert.deepEqual(
				places,
				places.toSorted((a, b) => a - b),
			);
			assert.ok(read.findings.every(({ code }) => code === 'site-configuration'));
		}),
		{ numRuns: 300 },
	);
});

test('an issuer is an https:// address as it calls itself, named once, and believed for one claim at a time', () => {
	const found = (rest: string): string =>
		findingsOf(`sign-in: [{ name: plant, client-id: keyward, secret-file: s, ${rest} }]\n`).join('; ');
	assert.equal(found('issuer: "https://a.example/x"'), '');
	for (const issuer of [
		'http://a.example',
		'https://a.example/x?y=1',
		'https://u:p@a.example',
		'https://A.example',
		'a',
	])
		assert.match(found(`issuer: "${issuer}"`), /must be an https:\/\/ address/, issuer);
	assert.match(found('issuer: "https://a.example", proves: [{ as: passkey }]'), /names one claim: acr, or amr/);
	assert.match(found('issuer: "https://a.example", proves: [{ acr: a, amr: b, as: passkey }]'), /names one claim/);
	assert.match(found('issuer: "https://a.example", proves: [{ acr: a, as: magic }]'), /one of password/);
	const one = '{ name: plant, issuer: "https://a.example", client-id: keyward, secret-file: s }';
	assert.match(findingsOf(`sign-in: [${one}, ${one}]\n`).join(), /named twice/);
});

test('witnesses are named once each, by keys that are whole, and as many as must vouch', () => {
	const other = 'witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv';
	const entry = (key: string, url = 'http://10.0.0.9:7380'): string => `{ url: "${url}", key: "${key}" }`;
	const found = (rest: string): string => findingsOf(`witnesses: { ${rest} }\n`).join('; ');
	assert.equal(found(`quorum: 2, of: [${entry(WITNESS)}, ${entry(other)}]`), '');
	assert.match(found(`quorum: 2, of: [${entry(WITNESS)}, ${entry(WITNESS)}]`), /twice: each witness counts once/);
	assert.match(found(`quorum: 2, of: [${entry(WITNESS)}]`), /is 2, and only 1 witness is named/);
	assert.match(found(`quorum: 0, of: [${entry(WITNESS)}]`), /whole number from 1/);
	assert.match(found('quorum: 1, of: []'), /from 1 to 32 witnesses/);
	assert.match(found(`of: [${entry(WITNESS)}]`), /quorum/);
	assert.match(found(`quorum: 1, of: [${entry(WITNESS.replace('da77', 'da78'))}]`), /keyward witness key prints/);
	for (const url of ['ftp://a.example', 'https://me:secret@a.example', 'nowhere', 'https://a.example/?q'])
		assert.match(found(`quorum: 1, of: [${entry(WITNESS, url)}]`), /address without name and password/);
});
