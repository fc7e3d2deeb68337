import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { alikeRows } from './alike-rows.ts';
import { defaultPsks } from './default-psks.ts';
import { writeDeviceNumber } from './device-form.ts';
import { findingsOf, named, psk } from './keycheck.fixture.ts';
import { devicesOfPlaces } from './places-alike.ts';
import { isSimple, SAVING, simplestBits } from './psk-model.ts';

interface Case {
	readonly name: string;
	readonly psks: readonly {
		readonly device: string;
		readonly hex?: string;
		readonly text?: string;
		/** Algorithm, encoding of the input, input, octets kept. */
		readonly digest?: readonly [string, 'hex' | 'text', string, number];
	}[];
	readonly checks: readonly string[];
}

const { cases } = JSON.parse(readFileSync(new URL('../../../vectors/keycheck/psk.json', import.meta.url), 'utf8')) as {
	readonly cases: readonly Case[];
};

const secretOf = ({ hex, text, digest }: Case['psks'][number]): Uint8Array => {
	if (digest !== undefined) {
		const [algorithm, encoding, input, length] = digest;
		return hash(algorithm, Buffer.from(input, encoding === 'hex' ? 'hex' : 'utf8'), 'buffer').subarray(0, length);
	}
	return text === undefined ? Buffer.from(hex ?? '', 'hex') : Buffer.from(text);
};

for (const { name, psks, checks } of cases) {
	test(`psk vector: ${name}`, () => {
		const findings = findingsOf(psks.map((one) => psk(one.device, secretOf(one))));
		assert.deepEqual(named(findings).toSorted(), checks.toSorted());
		for (const { members } of findings) assert.equal(members.length, psks.length);
	});
}

test('a list whose secrets have most octets in common is found by its open bits', () => {
	const common = randomBytes(32);
	const list = Array.from({ length: 20 }, (_, index) => {
		const secret = Uint8Array.from(common);
		// Nine octets, spread so that no end of the secret is the same.
		for (let at = 0; at < 27; at += 3) secret.set(randomBytes(1), at);
		secret.set(randomBytes(1), 31);
		return psk(`d-${index}`, secret);
	});
	assert.deepEqual(findingsOf(list), []);
	const narrower = list.map((one) => ({ ...one, secret: Uint8Array.from(one.secret).fill(7, 20, 29) }));
	const [finding, ...rest] = findingsOf(narrower);
	assert.equal(finding?.check, 'psk-entropy');
	assert.match(finding?.detail ?? '', /64 bits/);
	assert.equal(finding?.members.length, 20);
	assert.deepEqual(rest, []);
	assert.deepEqual(findingsOf(narrower.slice(0, 7)), []);
});

test('the models save what they claim', () => {
	fc.assert(
		fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (secret) => {
			const bits = simplestBits(secret);
			assert.ok(bits >= 0 && bits <= secret.length * 8);
			if (isSimple(secret, 80)) assert.ok(secret.length * 8 - bits >= SAVING);
		}),
	);
	assert.equal(isSimple(Buffer.from('4071839265502718'), 80), true);
	assert.equal(isSimple(Buffer.from('407183926550271840718392655027'), 80), false);
});

test('a name is a number where it is whole octets in hex, however it is parted', () => {
	const letters = fc.constantFrom(...Array.from('0123456789abcdefABCDEFxX\\:._- \t\u00a0gz/é\u212a'));
	const digits = fc.string({ unit: fc.constantFrom('0', '9', 'a', 'f', 'A', 'F'), maxLength: 260 });
	const names = fc.oneof(
		fc.string({ unit: letters, maxLength: 20 }),
		digits,
		fc.tuple(fc.constantFrom('0x', '\\x', '0X'), digits).map(([prefix, number]) => prefix + number),
		fc.array(fc.uint8Array({ minLength: 1, maxLength: 1 }), { minLength: 1, maxLength: 8 }).map((octets) =>
			Buffer.concat(octets)
				.toString('hex')
				.replaceAll(/..(?=.)/g, '$&:'),
		),
		fc.constantFrom('10.1.11.10', '0x12:34', '', 'ab'.repeat(129), '12:'.repeat(86)),
	);
	fc.assert(
		fc.property(names, (name) => {
			const given = name.slice(0, 256);
			const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(given);
			const plain = given.replace(/^(?:0|\\)x(?=[0-9a-f]+$)/i, '').replaceAll(/[\s:._-]/g, '');
			const number = !isAddress && /^(?:[0-9a-f]{2})*$/i.test(plain) ? Buffer.from(plain, 'hex') : Buffer.alloc(0);
			const octets = Buffer.from(name);
			assert.deepEqual(octets.subarray(0, writeDeviceNumber(octets, octets.length)), number, JSON.stringify(name));
		}),
		{ numRuns: 1000 },
	);
});

test('rows are grouped by their bytes, whatever these are', () => {
	fc.assert(
		fc.property(fc.array(fc.option(fc.uint8Array({ maxLength: 3 })), { maxLength: 200 }), (keys) => {
			const groups = alikeRows(keys.length, 3, (row, key) => {
				const own = keys[row] ?? null;
				if (own !== null) key.set(own);
				return own?.length ?? -1;
			});
			const expected = new Map<string, number[]>();
			for (const [row, own] of keys.entries()) {
				if (own !== null) expected.set(String(own), [...(expected.get(String(own)) ?? []), row]);
			}
			assert.deepEqual(
				groups.map(String).toSorted(),
				[...expected.values()]
					.filter(({ length }) => length > 1)
					.map(String)
					.toSorted(),
			);
		}),
	);
});

test('places that are alike but for one word are named after their devices; copies, versions, tests and ends of a link are not', () => {
	const devices = (...places: readonly (readonly [string, string])[]) =>
		devicesOfPlaces(places.map(([file, label]) => ({ file, label })));
	const line = 'line 3, key';
	for (const [one, other] of [
		['truck-1/wg0.conf', 'truck-2/wg0.conf'],
		['all/node_roof/node_roof.ino', 'all/node_cellar/node_cellar.ino'],
		['hall-a/configuration.yaml', 'hall-b/configuration.yaml'],
		['esp-4A21.csv', 'esp-4A22.csv'],
		['cam-11 rootfs.tar.xz', 'cam-12 rootfs.tar.xz'],
		['70b3d57ed0000001.conf', '70b3d57ed0000002.conf'],
		['pump@1.conf', 'pump@2.conf'],
	] as const)
		assert.equal(devices([one, line], [other, line]).length, 2, one);
	const sections = (one: string, other: string) =>
		devices(['a.ini', `line 3, key under ${one}`], ['a.ini', `line 9, key under ${other}`]);
	assert.deepEqual(sections('Dryer_North', 'Dryer_South'), ['Dryer_North', 'Dryer_South']);
	assert.deepEqual(sections('services / edge-mill / env', 'services / edge-press / env'), ['edge-mill', 'edge-press']);
	assert.deepEqual(
		devices(['b.zip', 'zip at byte 7: pump-1/k: line 1, key'], ['b.zip', 'zip at byte 9: pump-2/k: line 1, key']),
		['pump-1', 'pump-2'],
	);
	for (const [one, other] of [
		['project/a.yaml', 'project - copy/a.yaml'],
		['backup-1/a.yaml', 'backup-2/a.yaml'],
		['release-1.2/a.yaml', 'release-1.3/a.yaml'],
		['golang-1.21/key.pem', 'golang-1.22/key.pem'],
		['tests/test1.key', 'tests/test2.key'],
		['plant-2025/a.yaml', 'plant-2026/a.yaml'],
		['client-a/psk.txt', 'server-a/psk.txt'],
		['libfoo-core/key.pem', 'libfoo-extra/key.pem'],
		['broker/psk_file', 'pump-1/device.conf'],
		['wpa-a.conf', 'wpa-b.conf'],
		['pump-1/a/b.conf', 'pump-2/b.conf'],
		['pump-1/old.conf', 'pump-2/new.conf'],
	] as const)
		assert.deepEqual(devices([one, line], [other, line]), [], one);
	assert.deepEqual(sections('all / hosts / north', 'all / hosts / south'), ['north', 'south']);
	assert.deepEqual(sections('devices / main', 'devices / backup'), []);
	assert.deepEqual(sections('hosts', 'devices'), []);
	assert.deepEqual(sections('mosquitto', 'nodered'), []);
	assert.deepEqual(sections('wifi-home', 'wifi-work'), []);
	assert.deepEqual(devices(['a.ini', 'line 1, key'], ['a.ini', 'line 2, key']), []);
});

test('one PSK in places of two devices is shared; a link between them has one at each end', () => {
	const secret = randomBytes(32);
	const at = (file: string) => ({ at: { file, label: 'line 3, psk' } });
	const severities = (role: string) =>
		findingsOf(['truck-1/a.conf', 'truck-2/a.conf'].map((file) => psk(null, secret, { ...at(file), role }))).map(
			({ severity, detail }) => [severity, detail],
		);
	assert.deepEqual(severities('psk'), [
		['critical', '2 devices have the same PSK, by the names of their places: truck-1, truck-2.'],
	]);
	assert.deepEqual(severities('presharedKey'), []);
});

test('a secret that holds its device’s name, begins or ends with it or is a part of it, is derived, whatever the letters', () => {
	for (const [device, secret, rule] of [
		['boiler-07', 'boiler-07\0\0\0', 'padded'],
		['boiler-07', '###boiler-07', 'padded'],
		['boiler-07', 'x1boiler-07y', 'within it'],
		['boiler-07', 'boiler-0', 'cut'],
		['boiler-07', 'iler-07', 'cut'],
		['boiler-07', 'boiler-07boiler-07', 'repeated'],
		['żółw-7', 'ab-żółw-7-cd', 'within it'],
		['kotłownia', 'ab-kotłownia-cd', 'within it'],
		['kocioł', 'ocioł', 'cut'],
	] as const) {
		const [finding] = findingsOf([psk(device, Buffer.from(secret))]).filter(({ check }) => check === 'psk-derived');
		assert.match(finding?.detail ?? '', new RegExp(`as text, ${rule}`), secret);
	}
});

test('a secret that is the hash of its device’s name is derived, in octets and in letters of either case', () => {
	const devices = process.env['KEYWARD_SWEEP'] === 'all' ? 40 : 8;
	for (let number = 0; number < devices; number++) {
		const device = `boiler-${number}`;
		for (const algorithm of ['md5', 'sha1', 'sha256']) {
			const digest = hash(algorithm, device, 'buffer');
			for (const octets of [digest.subarray(0, 16), digest.subarray(-16)])
				for (const secret of [
					octets,
					Buffer.from(octets.toString('hex')),
					Buffer.from(octets.toString('hex').toUpperCase()),
				])
					assert.ok(named(findingsOf([psk(device, secret)])).includes('psk-derived'), `${device} ${algorithm}`);
		}
	}
});

test('rows are grouped where many keys are given twice', () => {
	const groups = alikeRows(2000, 4, (row, key) => Buffer.from(key.buffer).writeUInt32BE(row % 1000));
	assert.deepEqual(
		groups,
		Array.from({ length: 1000 }, (_, row) => [row, row + 1000]),
	);
});

test('a constant that names are combined with is found wherever they lie in it, and each secret once', () => {
	for (const [form, idOf] of [
		['the device id', (device: string) => Buffer.from(device, 'hex')],
		['the device id backwards', (device: string) => Buffer.from(device, 'hex').toReversed()],
		['the device id as text', (device: string) => Buffer.from(`b-${device}`)],
	] as const)
		for (const [where, at] of [
			['at the start', (octet: number) => octet],
			['at the end', (octet: number, length: number) => octet - (32 - length)],
			['repeated', (octet: number, length: number) => octet % length],
		] as const) {
			const constant = randomBytes(32);
			const psks = ['00a7c1', '00b9d3', '00c4e8'].map((number) => {
				const id = idOf(number);
				const secret = constant.map((one, octet) => one ^ (id[at(octet, id.length)] ?? 0));
				return psk(form === 'the device id as text' ? `b-${number}` : number, secret);
			});
			const details = findingsOf(psks).flatMap(({ check, detail, members }) =>
				check === 'psk-derived' ? [`${detail} ${members.length}`] : [],
			);
			const rule = `3 PSKs made from ${form}, ${where}, combined with a constant that these have in common. 3`;
			assert.deepEqual(details, [rule]);
		}
	// As long as the secret, a name lies at its start and at its end and is repeated.
	const constant = randomBytes(16);
	const names = [randomBytes(16), randomBytes(16)];
	const findings = findingsOf(
		names.map((id) =>
			psk(
				id.toString('hex'),
				constant.map((one, octet) => one ^ (id[octet] ?? 0)),
			),
		),
	);
	assert.deepEqual(named(findings), ['psk-derived']);
});

test('every listed secret is found, in octets and as hex text', () => {
	const listed = [...defaultPsks.keys()].flatMap((hex) => [Buffer.from(hex, 'hex'), Buffer.from(hex.toUpperCase())]);
	const secrets = [
		...listed,
		Buffer.alloc(16),
		Buffer.alloc(16, 0xff),
		Buffer.from('secret'),
		Buffer.from('~hallo~\0\0'),
	];
	for (const secret of secrets) assert.equal(named(findingsOf([psk(null, secret)]))[0], 'psk-default', String(secret));
});
