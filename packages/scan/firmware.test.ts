import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { appendFileSync, truncateSync } from 'node:fs';
import { before, test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { needs } from '@keyward/testing/debian';
import { folderForTests, found, hex, thumbprint, thumbprintOf } from './scan.fixture.ts';

// Keys at any place in images, however they are wrapped; and what hostile wrapping costs.

const { path, read, run, write } = folderForTests();

const keys: Record<'p256' | 'ed25519' | 'rsa', KeyObject> = {
	p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
	ed25519: generateKeyPairSync('ed25519').privateKey,
	rsa: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
};
const pkcs8 = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'pkcs8' });
const PSK = '9f3a5c7be1024d68a1b2c3d4e5f60718';
/** Bytes that hold no key by chance; no secret is needed. */
const hexBytes = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const noise = (length: number): Buffer => randomBytes(length);

before(() => {
	write('ca.key', keys.p256.export({ format: 'pem', type: 'sec1' }));
	run(
		'openssl',
		'req',
		'-x509',
		'-new',
		'-key',
		'ca.key',
		'-subj',
		'/CN=device-1',
		'-days',
		'30',
		'-outform',
		'DER',
		'-out',
		'device.der',
	);
});

test('DER keys and certificates are carved at every offset around the window of a read', async () => {
	const parts = [
		pkcs8(keys.p256),
		keys.p256.export({ format: 'der', type: 'sec1' }),
		pkcs8(keys.ed25519),
		keys.rsa.export({ format: 'der', type: 'pkcs1' }),
		read('device.der'),
	];
	const image = Buffer.concat(parts.flatMap((part) => [noise(97), part]));
	const expected = [keys.p256, keys.p256, keys.ed25519, keys.rsa, keys.p256].map(thumbprintOf);
	// The window is a mebibyte and the last 256 KiB of it are looked at again.
	for (const before of [0, 1, 1_048_576 - 300, 1_048_576 - 262_144 - 200, 786_432 - 1, 2_097_152 - 50]) {
		write('image', Buffer.concat([noise(before), image, noise(1_500_000)]));
		const { keys: carved, problems } = await found(path('image'));
		assert.deepEqual(
			carved.map(({ spki }) => thumbprint(spki)),
			expected,
			`${before}`,
		);
		assert.deepEqual(problems, []);
		assert.equal(carved[0]?.at.label, `private key, byte ${before + 97}`);
	}
});

test('PEM, SSH keys and labelled PSKs anywhere; hex without a name is nothing', async () => {
	const pem = keys.rsa.export({ format: 'pem', type: 'pkcs8' }).toString();
	const ssh = `ssh-ed25519 ${Buffer.concat([Buffer.from('0000000b', 'hex'), Buffer.from('ssh-ed25519'), Buffer.from('00000020', 'hex'), Buffer.alloc(32, 9)]).toString('base64')} x`;
	const strings = [
		pem,
		ssh,
		`mqtt_psk=${PSK}`,
		`"AppKey": "${PSK.toUpperCase()}"`,
		`digest=${PSK}`,
		PSK,
		`psk=${PSK.slice(1)}`,
	];
	write('image', Buffer.concat([noise(5000), ...strings.flatMap((text) => [Buffer.from(`\0${text}\0`), noise(1000)])]));
	const image = await found(path('image'));
	assert.deepEqual(
		image.keys.map(({ privateFound }) => privateFound),
		[true, false],
	);
	assert.deepEqual(
		image.psks.map(({ role, secret }) => [role, hex(secret)]),
		[
			['psk', PSK],
			['appKey', PSK],
		],
	);
	assert.match(image.psks[0]?.at.label ?? '', /^byte \d+, mqtt_psk$/);
});

test('a key in a text among other bytes is found once, however long the text is', async () => {
	const words = (length: number): string => 'a line of words that say nothing\n'.repeat(Math.ceil(length / 33));
	// Longer than what carvers wait for.
	const [long, short] = [words(700_000), words(200)];
	for (const setting of [`psk=${PSK}`, `{"app_key": "${PSK}"}`, `static const char psk[] = "${PSK}";`]) {
		for (const [before, behind] of [
			[short, long],
			[long, short],
		]) {
			const text = `${before}${setting}\n${behind}`;
			write(
				'program',
				Buffer.concat([hexBytes('7f454c46 0201 0000'), noise(300), Buffer.from(`\0${text}\0`), noise(300)]),
			);
			const { psks } = await found(path('program'));
			const labels = psks.map(({ at }) => at.label);
			assert.deepEqual(
				psks.map(({ secret }) => hex(secret)),
				[PSK],
				`${setting} ${labels.join()}`,
			);
			assert.match(labels.join(), /^text at byte/);
		}
	}
	// What reads this text takes no settings behind its JSON.
	const json = `{"list": [${'1, '.repeat(300_000)}1]}\npsk=${PSK}\n${long}`;
	write('program', Buffer.concat([hexBytes('7f454c46 0201 0000'), noise(300), Buffer.from(`\0${json}\0`), noise(300)]));
	const { psks } = await found(path('program'));
	assert.deepEqual(
		psks.map(({ secret, at }) => [hex(secret), /^byte \d+, psk$/.test(at.label)]),
		[[PSK, true]],
	);
});

test('gzip at any place, in gzip, in pieces, and with a list inside', async () => {
	const inner = gzipSync(Buffer.concat([Buffer.alloc(3000, 'words '), pkcs8(keys.p256), noise(100)]));
	const outer = gzipSync(Buffer.concat([noise(100_000), inner, Buffer.from(`\0psk=${PSK}\0`)]));
	const list = gzipSync(`id,psk\na,${PSK}\n`);
	// A member with a name, a comment and an extra field; then one that only looks so.
	const named = Buffer.concat([
		Buffer.from([0x1f, 0x8b, 8, 0x1c, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7]),
		Buffer.from('name\0comment\0'),
		deflateRawSync(pkcs8(keys.ed25519)),
		gzipSync(pkcs8(keys.ed25519)).subarray(-8),
	]);
	write(
		'image',
		Buffer.concat([
			noise(1_048_570),
			outer,
			noise(77),
			list,
			Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 0xff, 0xff]),
			noise(2000),
			named,
			noise(50),
		]),
	);
	const { keys: carved, psks, problems } = await found(path('image'));
	assert.deepEqual(
		carved.map(({ spki }) => thumbprint(spki)),
		[keys.p256, keys.ed25519].map(thumbprintOf),
	);
	assert.deepEqual(
		psks.map(({ device, secret }) => [device, hex(secret)]),
		[
			[null, PSK],
			['a', PSK],
		],
	);
	assert.match(carved[0]?.at.label ?? '', /^gzip at byte 1048570: gzip at byte 100000: private key, byte 3000$/);
	assert.deepEqual(problems, []);
	const text = `id,psk\n${Array.from({ length: 2000 }, (_, row) => `d${row},${hex(noise(16))}\n`).join('')}`;
	write('pieces.gz', Buffer.concat([gzipSync(text.slice(0, 20_001)), gzipSync(text.slice(20_001))]));
	assert.equal((await found(path('pieces.gz'))).psks.length, 2000, 'members that follow one another are one stream');
});

test('a gzip that is cut short or damaged gives what came before', async () => {
	const body = Buffer.concat([pkcs8(keys.rsa), noise(200_000), pkcs8(keys.p256)]);
	const packed = gzipSync(body);
	write('cut.gz', packed.subarray(0, packed.length - 1000));
	const cut = await found(path('cut.gz'));
	assert.deepEqual(
		cut.keys.map(({ spki }) => thumbprint(spki)),
		[thumbprintOf(keys.rsa)],
	);
	assert.deepEqual(
		cut.problems.map(({ reason }) => reason),
		['a gzip member is cut short'],
	);
	write('damaged.gz', Buffer.concat([packed.subarray(0, 150_000), noise(500), packed.subarray(150_500), packed]));
	const damaged = await found(path('damaged.gz'));
	assert.deepEqual(
		damaged.keys.map(({ spki }) => thumbprint(spki)).slice(-2),
		[keys.rsa, keys.p256].map(thumbprintOf),
		'the member after it is read',
	);
	write(
		'no.gz',
		Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), Buffer.from([0xff]), pkcs8(keys.p256)]),
	);
	const no = await found(path('no.gz'));
	assert.deepEqual([no.keys.length, no.problems[0]?.reason], [1, 'a gzip member is damaged']);
});

test('gzip bombs end by ratio, by total and by depth, with what was found kept and said', async () => {
	const limits = { memberFree: 4_194_304, memberRatio: 100, inflated: 20_000_000, depth: 2 };
	const bomb = gzipSync(Buffer.concat([pkcs8(keys.p256), Buffer.alloc(50_000_000, 'a')]));
	assert.ok(bomb.length < 100_000);
	write('bomb.gz', Buffer.concat([bomb, noise(100), pkcs8(keys.ed25519)]));
	const ratio = await found(path('bomb.gz'), { limits });
	assert.deepEqual(
		ratio.keys.map(({ spki }) => thumbprint(spki)),
		[keys.p256, keys.ed25519].map(thumbprintOf),
	);
	assert.match(ratio.problems[0]?.reason ?? '', /more than 100 bytes for each packed byte/);
	write(
		'many.gz',
		Buffer.concat(Array.from({ length: 12 }, () => Buffer.concat([gzipSync(Buffer.alloc(3_000_000, 'b')), noise(9)]))),
	);
	const total = await found(path('many.gz'), { limits });
	assert.deepEqual(
		total.problems.map(({ reason }) => reason),
		['more than 20000000 bytes came out of what is packed, and no more was opened'],
	);
	const russian = [1, 2, 3].reduce((inside) => gzipSync(inside), gzipSync(pkcs8(keys.p256)));
	write('deep.gz', russian);
	assert.equal((await found(path('deep.gz'), { limits })).keys.length, 0);
	assert.equal((await found(path('deep.gz'))).keys.length, 1);
	write(
		'headers',
		Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff]))),
	);
	assert.match((await found(path('headers'))).problems.at(-1)?.reason ?? '', /so many things are packed/);
});

test('bytes that are made to look like keys cost bounded work', async () => {
	// Every fourth byte begins what may be a certificate of 64 KiB and is not.
	write('hostile', Buffer.alloc(4_000_000, Buffer.from('3082fff030820010', 'hex')));
	// Deeply nested, and whole up to the last value.
	write('nested', Buffer.alloc(1_000_000, Buffer.from('30823000308220003080', 'hex')));
	write('marks', '-----BEGIN CERTIFICATE-----\n'.repeat(100_000));
	write('ssh', 'ssh-rsa AAAA '.repeat(100_000));
	write('hexes', Buffer.from(`\0${'psk=0123456789abcdef '.repeat(50_000)}`));
	for (const name of ['hostile', 'nested', 'marks', 'ssh']) {
		assert.equal((await found(path(name))).keys.length, 0);
	}
	assert.equal((await found(path('hexes'))).psks.length, 50_000);
});

test('a sparse image of 300 MB with a key at its end', async () => {
	write('flash.img', noise(1000));
	truncateSync(path('flash.img'), 300_000_000);
	appendFileSync(path('flash.img'), Buffer.concat([pkcs8(keys.p256), Buffer.from(`psk=${PSK}\n`)]));
	const before = process.memoryUsage().rss;
	let most = before;
	const {
		keys: carved,
		psks,
		bytes,
	} = await found(path('flash.img'), {
		onProgress: () => (most = Math.max(most, process.memoryUsage.rss())),
	});
	assert.ok(bytes > 300_000_000);
	assert.deepEqual(
		carved.map(({ at }) => at.label),
		['private key, byte 300000000'],
	);
	assert.equal(psks.length, 1);
	assert.ok(most - before < 100_000_000, `${most - before} bytes of memory`);
});

test('settings before and behind a hole have their own places', async () => {
	const settings = (number: number): Buffer => Buffer.from(`# of pump-${number}\npsk=${hex(randomBytes(16))}\n`);
	const [before, behind] = [settings(1), settings(2)];
	// What is looked at ahead of the rest of a piece ends here, and the hole comes by itself.
	for (const end of [262_144 - 4096 - 1088, 262_144, 100_000]) {
		const start = end - before.length;
		const image = Buffer.alloc(2_000_000);
		image.fill(1, 0, start);
		image.set(before, start);
		image.set(behind, 1_900_001);
		write('holes.img', image);
		assert.deepEqual(
			(await found(path('holes.img'))).psks.map(({ at }) => /^text at byte \d+/.exec(at.label)?.[0]),
			[`text at byte ${start}`, 'text at byte 1900001'],
		);
	}
});

test('an image that begins with a byte order mark is searched as bytes', async () => {
	for (const mark of [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])]) {
		write('image', Buffer.concat([mark, noise(500), pkcs8(keys.p256)]));
		assert.equal((await found(path('image'))).keys.length, 1);
	}
});

test('what is not opened is said', async () => {
	write('archive', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), noise(1000)]));
	assert.match((await found(path('archive'))).problems[0]?.reason ?? '', /an OLE document, which is not opened/);
});

test('bytes that begin as zlib does and do not go on so are bytes; zlib that is cut short is said', async () => {
	// An unknown type of block, and a length that its complement denies.
	for (const block of ['07', '0100000000']) {
		write('bytes', Buffer.concat([Buffer.from(`789c${block}`, 'hex'), noise(500), pkcs8(keys.p256)]));
		const { keys: carved, problems } = await found(path('bytes'));
		assert.deepEqual([carved.length, problems], [1, []]);
	}
	for (const length of [60, 2000]) {
		write('cut', deflateSync(noise(4000)).subarray(0, length));
		assert.match((await found(path('cut'))).problems[0]?.reason ?? '', /zlib has compressed is cut short/);
	}
});

test('a Git pack that builds on objects elsewhere says so, and gives the others', async (t) => {
	if (!needs(t, 'git')) return;
	const git = (script: string): void => {
		const commit = 'git add -A && git -c user.name=a -c user.email=a@example.org commit -qm';
		run('sh', '-c', `export GIT_CONFIG_GLOBAL=/dev/null; commit() { ${commit} x; }; cd repo && ${script}`);
	};
	const lines = hex(noise(4000)).replaceAll(/.{64}/g, '$&\n');
	run('mkdir', 'repo');
	write('repo/log', lines);
	git('git init -q . && commit');
	write('repo/log', `${lines}psk=${hex(noise(16))}\n`);
	write('repo/pump.key', keys.p256.export({ format: 'pem', type: 'pkcs8' }));
	git('commit && printf "HEAD\\n^HEAD~1\\n" | git pack-objects -q --revs --thin --stdout > ../thin');
	const { keys: carved, psks, problems } = await found(path('thin'));
	assert.deepEqual([carved.length, psks.length], [1, 0]);
	assert.match(carved[0]?.at.label ?? '', /^blob [0-9a-f]{12}: private key/);
	assert.match(problems[0]?.reason ?? '', /builds on one that is not in it/);
	write('cut', read('thin').subarray(0, -40));
	const last = (await found(path('cut'))).problems.at(-1);
	assert.match(last?.reason ?? '', /a Git pack is (?:damaged|cut short)/);
	assert.equal(last?.count, 1, 'opened once');
	write(
		'program',
		Buffer.concat([noise(100), Buffer.from('PACK\0\0\0\x02\0\0\0\x01deltified object', 'latin1'), noise(100)]),
	);
	assert.deepEqual((await found(path('program'))).problems, [], 'the head of a pack alone does not count');
});
