import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { folderForTests, found, hex, thumbprint, thumbprintOf } from './scan.fixture.ts';

// Keys wrapped in text and in odd containers: found, or said as not read.

const { path, write } = folderForTests();
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const derOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'pkcs8' });
const pemOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

/** The one private key that a text holds, and nothing said. */
const assertHolds = async (text: string | Uint8Array, key: KeyObject, what: string): Promise<void> => {
	write('wrapped', text);
	const { keys, problems } = await found(path('wrapped'));
	assert.deepEqual(problems, [], what);
	assert.deepEqual(
		keys.map(({ spki, privateFound }) => [thumbprint(spki), privateFound]),
		[[thumbprintOf(key), true]],
		what,
	);
};

test('base64 of PEM and of DER in YAML, JSON, environment files and wrapped lines', async () => {
	for (const key of [ec.privateKey, rsa.privateKey]) {
		for (const bytes of [Buffer.from(pemOf(key)), derOf(key)]) {
			const base64 = bytes.toString('base64');
			const lines = base64.replaceAll(/.{76}/g, '$&\n');
			await assertHolds(`kind: Secret\ndata:\n  tls.key: ${base64}\n  other: YWJj\n`, key, 'YAML');
			await assertHolds(`data:\n  tls.key: |\n    ${lines.replaceAll('\n', '\n    ')}\n`, key, 'a block of YAML');
			await assertHolds(JSON.stringify({ name: 'pump', der: base64 }), key, 'JSON');
			await assertHolds(JSON.stringify({ name: 'pump', der: lines }), key, 'JSON with line ends');
			await assertHolds(`A=1\nDEVICE_KEY="${base64}"\n`, key, 'an environment file');
			await assertHolds(`<key>${base64}</key>`, key, 'XML');
		}
	}
});

test('a key that begins a line inside wrapped base64 is no second one; keys line by line are each one', async () => {
	const spki = ec.publicKey.export({ format: 'der', type: 'spki' });
	const inside = Buffer.concat([Buffer.alloc(96, 0x55), spki]).toString('base64');
	write('lines', `cert: |\n  ${inside.replaceAll(/.{64}/g, '$&\n  ')}\n`);
	assert.deepEqual((await found(path('lines'))).keys, []);
	const keys = Array.from({ length: 3 }, () => derOf(generateKeyPairSync('ed25519').privateKey).toString('base64'));
	write('lines', keys.join('\n'));
	assert.equal((await found(path('lines'))).keys.length, 3);
});

test('PEM and DER byte by byte, as source code has them', async () => {
	for (const key of [ec.privateKey, rsa.privateKey]) {
		for (const bytes of [Buffer.from(pemOf(key)), derOf(key)]) {
			const list = (one: (octet: number) => string): string =>
				[...bytes]
					.map(one)
					.join(', ')
					.replaceAll(/.{70} /g, '$&\n\t');
			const hex = (octet: number): string => `0x${octet.toString(16).padStart(2, '0')}`;
			await assertHolds(`const unsigned char key[] = {\n\t${list(hex)}\n};\n`, key, 'C, hex');
			await assertHolds(`var key = []byte{${list(String)}}\n`, key, 'Go, decimal');
			await assertHolds(`byte[] k = { ${list((octet) => String((octet << 24) >> 24))} };`, key, 'Java, signed');
			await assertHolds(`byte[] k = { ${list((octet) => `(byte) ${hex(octet)}`)} };`, key, 'Java, cast');
			await assertHolds(`const K: [u8; 9] = [${list((octet) => `${hex(octet)}u8`)}];`, key, 'Rust');
			await assertHolds(JSON.stringify({ data: [...bytes] }), key, 'JSON');
			const escaped = Array.from(bytes, (octet) => `\\x${octet.toString(16).padStart(2, '0')}`);
			await assertHolds(`char *k = "${escaped.join('').replaceAll(/.{64}/g, '$&"\n  "')}";`, key, 'C string');
		}
		await assertHolds(`key_der: ${derOf(key).toString('hex')}\n`, key, 'hex');
		const python = Array.from(derOf(key), (octet) => {
			const character = String.fromCharCode(octet);
			if (octet < 0x20 || octet > 0x7e) return `\\x${octet.toString(16).padStart(2, '0')}`;
			return character === '\\' || character === "'" ? `\\${character}` : character;
		});
		await assertHolds(`KEY = b'${python.join('')}'\n`, key, 'Python');
	}
});

test('an array longer than any window, with the key at its end', async () => {
	const bytes = Buffer.concat([Buffer.of(0x30), randomBytes(200_000), derOf(ec.privateKey)]);
	await assertHolds(
		`uint8_t flash[] = {${Array.from(bytes, (octet) => `0x${octet.toString(16)},`).join(' ')}};`,
		ec.privateKey,
		'flash',
	);
});

test('numbers, hashes and base64 of other things are no keys', async () => {
	const numbers = Array.from(randomBytes(4000), (octet, index) => (index % 40 === 0 ? 48 : octet)).join(', ');
	const lines = randomBytes(90_000).toString('base64').replaceAll(/.{64}/g, '$&\nM');
	write(
		'other',
		`int t[] = {${numbers}};\nsum: 3082${randomBytes(60).toString('hex')}\n${lines}\nMII\nLS0tLS1CRUdJTi\n`,
	);
	const { keys, problems } = await found(path('other'));
	assert.deepEqual([keys, problems], [[], []]);
});

const ssh = (...fields: readonly Buffer[]): Buffer =>
	Buffer.concat(
		fields.flatMap((field) => {
			const length = Buffer.alloc(4);
			length.writeUInt32BE(field.length);
			return [length, field];
		}),
	);

test('the public half of a PuTTY key, encrypted or not, with its comment as holder', async () => {
	const { publicKey } = generateKeyPairSync('ed25519');
	const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
	const base64 = ssh(Buffer.from('ssh-ed25519'), raw).toString('base64');
	for (const version of [2, 3]) {
		const more = version === 3 ? 'Key-Derivation: Argon2id\r\n' : '';
		write(
			'key',
			`PuTTY-User-Key-File-${version}: ssh-ed25519\r\nEncryption: aes256-cbc\r\nComment: root@pump-7\r\nPublic-Lines: 2\r\n${base64.slice(0, 64)}\r\n${base64.slice(64)}\r\n${more}Private-Lines: 1\r\nAAAA\r\nPrivate-MAC: 00\r\n`,
		);
		const { keys, problems } = await found(path('key'));
		assert.deepEqual(problems, []);
		assert.deepEqual(
			keys.map(({ spki, privateFound, names }) => [thumbprint(spki), privateFound, names]),
			[[thumbprint(publicKey.export({ format: 'der', type: 'spki' })), true, ['root@pump-7']]],
		);
	}
	write('key', 'PuTTY-User-Key-File-4: ssh-ed25519\nEncryption: none\n');
	const { problems } = await found(path('key'));
	assert.deepEqual(
		problems.map(({ reason }) => reason),
		['a PuTTY key of an unknown version or form is not read'],
	);
});

test('gzip deeper than it is opened is said', async () => {
	const wrap = (times: number): Buffer =>
		Array.from({ length: times }).reduce<Buffer>((bytes) => gzipSync(bytes), Buffer.from(pemOf(ec.privateKey)));
	await assertHolds(wrap(10), ec.privateKey, 'ten deep');
	write('deep', wrap(11));
	const { keys, problems } = await found(path('deep'));
	assert.equal(keys.length, 0);
	assert.deepEqual(
		problems.map(({ reason }) => reason),
		['a gzip member inside others, more than 10 deep, is not opened: unpack it first'],
	);
});

test('bytes of an assembler, as ESP-IDF embeds files', async () => {
	const lines = (bytes: Buffer, word: string): string =>
		Array.from(
			{ length: Math.ceil(bytes.length / 16) },
			(_, row) =>
				`${word} ${Array.from(bytes.subarray(row * 16, row * 16 + 16), (octet) => `0x${octet.toString(16).padStart(2, '0')}`).join(', ')}\n`,
		).join('');
	for (const bytes of [Buffer.from(pemOf(ec.privateKey)), derOf(ec.privateKey)])
		for (const word of ['.byte', '\tdb'])
			await assertHolds(
				`.data\n.global device_key\ndevice_key:\n${lines(bytes, word)}.balign 4\n`,
				ec.privateKey,
				word,
			);
});

test('settings in base64 as a value of others, in one line or wrapped', async () => {
	const psk = randomBytes(16).toString('hex');
	const packed = Buffer.from(`[mqtt]\n# The broker of the plant.\nclient_id=pump-1\npsk=${psk}\n`).toString('base64');
	const wrapped = packed.replaceAll(/.{60}/g, '$&\n    ');
	for (const text of [
		`write_files:\n- path: /etc/mqtt.conf\n  encoding: b64\n  content: ${packed}\n`,
		`data:\n  mqtt.conf: |\n    ${wrapped}\n  other: x\n`,
		`<Content>${packed}</Content>\n`.replace('</', "'\n</"),
		`MQTT_CONF='${packed}'\n`,
	]) {
		write('settings', text);
		assert.deepEqual(
			(await found(path('settings'))).psks.map(({ device, secret }) => [device, hex(secret)]),
			[['pump-1', psk]],
			text,
		);
	}
	// What is sealed is said.
	write('settings', `kind: SealedSecret\nmetadata:\n  name: a\nspec:\n  encryptedData:\n    psk: AgB${packed}\n`);
	const sealed = await found(path('settings'));
	assert.deepEqual([sealed.psks.length, sealed.problems.length], [0, 1]);
});

test('heads of keys that a program keeps are no keys', async () => {
	const heads = [
		'302e020100300506032b656e04220420',
		'302e020100300506032b657004220420',
		'3046020100300506032b656f043a0438',
	];
	write(
		'wrapped',
		Buffer.concat([Buffer.alloc(40, 1), Buffer.from(heads.join(''), 'hex'), Buffer.alloc(80, 'No such key. ')]),
	);
	assert.equal((await found(path('wrapped'))).keys.length, 0);
	const rsaHead = Buffer.from('30820122300d06092a864886f70d01010105000382010f00', 'hex');
	write('wrapped', Buffer.concat([Buffer.alloc(40, 1), rsaHead, Buffer.alloc(400, 'crl.example.com')]));
	assert.equal((await found(path('wrapped'))).keys.length, 0);
});
