import 'reflect-metadata';
import assert from 'node:assert/strict';
import {
	createPrivateKey,
	createPublicKey,
	generateKeyPairSync,
	type KeyObject,
	webcrypto,
	X509Certificate,
} from 'node:crypto';
import { before, test } from 'node:test';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';
import { folderForTests, found, hex, thumbprint, thumbprintOf } from './scan.fixture.ts';

// Every format as other programs write it, each with the key that it must give.

const { path, read, run, write } = folderForTests();
const passwords = { known: ['not this one', 'sesame'], ask: null };

before(() => {
	run('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ca.key');
	run(
		'openssl',
		'req',
		'-x509',
		'-new',
		'-key',
		'ca.key',
		'-subj',
		'/O=Test/CN=Test CA',
		'-days',
		'30',
		'-out',
		'ca.pem',
	);
	run('openssl', 'genrsa', '-out', 'rsa.key', '2048');
	run('openssl', 'req', '-new', '-key', 'rsa.key', '-subj', '/CN=sensor-7', '-out', 'rsa.csr');
	run(
		'openssl',
		'x509',
		'-req',
		'-in',
		'rsa.csr',
		'-CA',
		'ca.pem',
		'-CAkey',
		'ca.key',
		'-days',
		'30',
		'-out',
		'rsa.pem',
	);
});

const only = async (name: string, options = {}) => {
	const { keys, problems, ...rest } = await found(path(name), options);
	assert.deepEqual(problems, [], name);
	assert.equal(keys.length, 1, name);
	const [key] = keys;
	assert.ok(key !== undefined);
	return { key, ...rest };
};

const rsaThumbprint = (): string => thumbprintOf(read('rsa.key'));

test('PEM and DER private keys in every encoding of OpenSSL', async () => {
	const files: [name: string, ...args: string[]][] = [
		['pkcs1.pem', 'rsa', '-in', 'rsa.key', '-traditional'],
		['pkcs1.der', 'rsa', '-in', 'rsa.key', '-traditional', '-outform', 'DER'],
		['pkcs8.pem', 'pkcs8', '-topk8', '-nocrypt', '-in', 'rsa.key'],
		['pkcs8.der', 'pkcs8', '-topk8', '-nocrypt', '-in', 'rsa.key', '-outform', 'DER'],
		['public.pem', 'pkey', '-in', 'rsa.key', '-pubout'],
		['public.der', 'pkey', '-in', 'rsa.key', '-pubout', '-outform', 'DER'],
		['public-pkcs1.pem', 'rsa', '-in', 'rsa.key', '-RSAPublicKey_out'],
		['public-pkcs1.der', 'rsa', '-in', 'rsa.key', '-RSAPublicKey_out', '-outform', 'DER'],
	];
	for (const [name, ...args] of files) {
		run('openssl', ...args, '-out', name);
		const { key } = await only(name);
		assert.equal(thumbprint(key.spki), rsaThumbprint(), name);
		assert.equal(key.privateFound, !name.startsWith('public'), name);
	}
	run('openssl', 'ec', '-in', 'ca.key', '-outform', 'DER', '-out', 'sec1.der');
	run('openssl', 'ec', '-in', 'ca.key', '-no_public', '-out', 'sec1-short.pem');
	for (const name of ['ca.key', 'sec1.der', 'sec1-short.pem']) {
		const { key } = await only(name);
		assert.equal(thumbprint(key.spki), thumbprintOf(read('ca.key')), name);
		assert.ok(key.privateFound);
	}
});

test('every kind of key that Node makes', async () => {
	const pairs: KeyObject[] = [
		...(['P-256', 'P-384', 'P-521', 'secp256k1'] as const).map(
			(namedCurve) => generateKeyPairSync('ec', { namedCurve }).privateKey,
		),
		generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey,
		generateKeyPairSync('ed25519').privateKey,
		generateKeyPairSync('ed448').privateKey,
		generateKeyPairSync('x25519').privateKey,
		generateKeyPairSync('x448').privateKey,
		generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).privateKey,
		generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).privateKey,
		generateKeyPairSync('ml-dsa-44').privateKey,
	];
	for (const key of pairs) {
		const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
		const name = key.asymmetricKeyType ?? '';
		for (const format of ['pem', 'der'] as const) {
			write('private', key.export({ format, type: 'pkcs8' } as { format: 'pem'; type: 'pkcs8' }));
			const found = await only('private');
			assert.ok(found.key.privateFound);
			// The parameters of PSS are a way to use the key, not part of it.
			if (name !== 'rsa-pss') assert.equal(hex(found.key.spki), hex(spki), `${name} ${format}`);
		}
		write('public', spki);
		assert.equal(hex((await only('public')).key.spki), hex(spki), name);
	}
});

test('a certificate in PEM, DER and UTF-16, with its facts and its signature', async () => {
	run('openssl', 'x509', '-in', 'rsa.pem', '-outform', 'DER', '-out', 'rsa.der');
	const oracle = new X509Certificate(read('rsa.pem'));
	write('utf16le.pem', Buffer.from(`\ufeff${read('rsa.pem').toString()}`, 'utf16le'));
	write('utf16be.pem', Buffer.from(`\ufeff${read('rsa.pem').toString()}`, 'utf16le').swap16());
	write('crlf.pem', read('rsa.pem').toString().replaceAll('\n', '\r\n'));
	write('bom.pem', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), read('rsa.pem')]));
	for (const name of ['rsa.pem', 'rsa.der', 'utf16le.pem', 'utf16be.pem', 'crlf.pem', 'bom.pem']) {
		const { keys, signatures, problems } = await found([path(name), path('ca.pem')]);
		assert.deepEqual(problems, [], name);
		const facts = keys[0]?.certificate;
		assert.ok(facts);
		assert.equal(hex(facts.fingerprint), oracle.fingerprint256.replaceAll(':', '').toLowerCase(), name);
		assert.equal(facts.subject, 'CN=sensor-7');
		assert.equal(facts.issuer, 'O=Test, CN=Test CA');
		assert.equal(facts.notBefore, oracle.validFromDate.getTime());
		assert.equal(facts.notAfter, oracle.validToDate.getTime());
		assert.deepEqual([facts.isCa, facts.selfSigned, facts.looksLikeDevice], [false, false, true]);
		const authority = keys[1]?.certificate;
		assert.deepEqual([authority?.isCa, authority?.selfSigned, authority?.looksLikeDevice], [true, true, false]);
		// Both are signed by the authority's key; the device's signature waited for its issuer.
		assert.equal(signatures.length, 2);
		for (const { spki } of signatures) assert.equal(thumbprint(spki), thumbprintOf(read('ca.key')));
		assert.deepEqual(signatures.map(({ at }) => at.label).toSorted(), keys.map(({ at }) => at.label).toSorted());
	}
});

test('a request gives its key and, with ECDSA, its signature', async () => {
	assert.equal(thumbprint((await only('rsa.csr')).key.spki), rsaThumbprint());
	run('openssl', 'req', '-new', '-key', 'ca.key', '-subj', '/CN=pump', '-outform', 'DER', '-out', 'ec.csr');
	const { key, signatures } = await only('ec.csr');
	assert.equal(key.certificate, null);
	assert.match(key.at.label, /^request CN=pump/);
	assert.equal(thumbprint(signatures[0]?.spki ?? Uint8Array.of()), thumbprintOf(read('ca.key')));
	assert.equal(signatures[0]?.digest.length, 32);
});

test('a certificate without end, and one with CA rights on a device', async () => {
	const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
	const certificate = await X509CertificateGenerator.createSelfSigned({
		name: 'CN=gateway-12',
		keys,
		signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
		notBefore: new Date('2020-01-01T00:00:00Z'),
		notAfter: new Date('9999-12-31T23:59:59Z'),
		extensions: [new BasicConstraintsExtension(true)],
	});
	write('endless.der', new Uint8Array(certificate.rawData));
	const { key, signatures } = await only('endless.der');
	assert.equal(key.certificate?.notAfter, null);
	assert.equal(key.certificate.notBefore, Date.UTC(2020, 0, 1));
	assert.deepEqual(
		[key.certificate.isCa, key.certificate.looksLikeDevice, key.certificate.selfSigned],
		[true, true, true],
	);
	assert.equal(signatures[0]?.digest.length, 48);
});

test('PKCS#7 in PEM, DER and streamed BER', async () => {
	run('openssl', 'crl2pkcs7', '-nocrl', '-certfile', 'rsa.pem', '-certfile', 'ca.pem', '-out', 'both.p7b');
	run(
		'openssl',
		'crl2pkcs7',
		'-nocrl',
		'-certfile',
		'rsa.pem',
		'-certfile',
		'ca.pem',
		'-outform',
		'DER',
		'-out',
		'both.p7c',
	);
	run(
		'openssl',
		'cms',
		'-sign',
		'-stream',
		'-nodetach',
		'-binary',
		'-signer',
		'rsa.pem',
		'-certfile',
		'ca.pem',
		'-inkey',
		'rsa.key',
		'-in',
		'ca.key',
		'-outform',
		'DER',
		'-out',
		'stream.p7m',
	);
	assert.equal(read('stream.p7m')[1], 0x80, 'indefinite length');
	for (const name of ['both.p7b', 'both.p7c', 'stream.p7m']) {
		const { keys, problems } = await found(path(name));
		assert.deepEqual(problems, [], name);
		const subjects = keys.flatMap(({ certificate }) => certificate?.subject ?? []);
		assert.deepEqual(subjects.toSorted(), ['CN=sensor-7', 'O=Test, CN=Test CA'], name);
	}
});

test('PKCS#12, modern and legacy, and encrypted keys open with their password', async () => {
	const p12 = (name: string, ...more: string[]): Buffer =>
		run(
			'openssl',
			'pkcs12',
			'-export',
			'-in',
			'rsa.pem',
			'-inkey',
			'rsa.key',
			'-passout',
			'pass:sesame',
			'-out',
			name,
			...more,
		);
	p12('modern.p12');
	p12('legacy.p12', '-legacy');
	p12('legacy-128.p12', '-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-2DES');
	p12('plain-certificate.p12', '-certpbe', 'NONE');
	p12('sha512.p12', '-macalg', 'sha512', '-iter', '10000');
	for (const name of ['modern.p12', 'legacy.p12', 'legacy-128.p12', 'plain-certificate.p12', 'sha512.p12']) {
		const { keys, problems } = await found(path(name), { passwords });
		assert.deepEqual(problems, [], name);
		assert.deepEqual(
			keys.map(({ spki }) => thumbprint(spki)),
			[rsaThumbprint(), rsaThumbprint()],
			name,
		);
		assert.deepEqual(
			keys.map(({ privateFound, certificate }) => [privateFound, certificate?.subject]),
			[
				[false, 'CN=sensor-7'],
				[true, undefined],
			],
		);
	}
	const topk8 = (name: string, ...more: string[]): Buffer =>
		run('openssl', 'pkcs8', '-topk8', '-in', 'rsa.key', '-passout', 'pass:sesame', '-out', name, ...more);
	topk8('pbes2.pem');
	topk8('scrypt.der', '-scrypt', '-outform', 'DER');
	topk8('3des.pem', '-v1', 'PBE-SHA1-3DES');
	run('openssl', 'rsa', '-in', 'rsa.key', '-traditional', '-aes256', '-passout', 'pass:sesame', '-out', 'dek.pem');
	for (const name of ['pbes2.pem', 'scrypt.der', '3des.pem', 'dek.pem']) {
		assert.equal(thumbprint((await only(name, { passwords })).key.spki), rsaThumbprint(), name);
		const { keys, problems } = await found(path(name));
		assert.equal(keys.length, 0);
		assert.match(problems[0]?.reason ?? '', /stays closed: no password/, name);
	}
});

test('a password is asked for once what is known does not fit, and a scheme that cannot be opened is named', async () => {
	run(
		'openssl',
		'pkcs12',
		'-export',
		'-in',
		'rsa.pem',
		'-inkey',
		'rsa.key',
		'-passout',
		'pass:sesame',
		'-out',
		'asked.p12',
	);
	const asked: string[] = [];
	const answers = ['wrong', 'sesame'];
	const ask = (what: string): Promise<string | null> => {
		asked.push(what);
		return Promise.resolve(answers.shift() ?? null);
	};
	assert.equal((await found(path('asked.p12'), { passwords: { known: ['x'], ask } })).keys.length, 2);
	assert.equal(asked.length, 2);
	assert.match(asked[0] ?? '', /asked\.p12/);
	run(
		'openssl',
		'pkcs8',
		'-topk8',
		'-in',
		'rsa.key',
		'-v2',
		'aria-256-cbc',
		'-passout',
		'pass:sesame',
		'-out',
		'aria.pem',
	);
	const { problems } = await found(path('aria.pem'), { passwords });
	assert.match(problems[0]?.reason ?? '', /cannot be opened: it is encrypted by 1\.2\.410\./);
});

const sshBlob = (name: string): Buffer => Buffer.from(read(name).toString().split(' ')[1] ?? '', 'base64');

test('OpenSSH keys, public and private, locked or not', async () => {
	for (const [type, ...more] of [['ed25519'], ['rsa', '-b', '2048'], ['ecdsa', '-b', '384']] as const) {
		for (const [name, password] of [
			[`${type}-open`, ''],
			[`${type}-locked`, 'sesame'],
		] as const) {
			run('ssh-keygen', '-q', '-t', type, ...more, '-N', password, '-C', 'me@host', '-f', name);
			const expected =
				type === 'ed25519'
					? thumbprint(
							Buffer.from(`302a300506032b6570032100${sshBlob(`${name}.pub`).subarray(-32).toString('hex')}`, 'hex'),
						)
					: thumbprintOf(run('ssh-keygen', '-e', '-m', 'PKCS8', '-f', `${name}.pub`));
			const half = (await only(`${name}.pub`)).key;
			assert.equal(thumbprint(half.spki), expected, name);
			assert.equal(half.privateFound, false);
			const whole = (await only(name)).key;
			assert.equal(thumbprint(whole.spki), expected, name);
			assert.equal(whole.privateFound, true);
			write('rfc4716', run('ssh-keygen', '-e', '-f', `${name}.pub`));
			assert.equal(thumbprint((await only('rfc4716')).key.spki), expected, name);
		}
	}
	run('ssh-keygen', '-q', '-s', 'ed25519-open', '-I', 'id', '-n', 'me', 'rsa-open.pub');
	const lines = [
		'# keys',
		`command="echo hi",no-pty ${read('rsa-open.pub').toString().trim()}`,
		read('ed25519-open.pub').toString().trim(),
		`host ${read('ecdsa-open.pub').toString()}`,
	];
	write(
		'authorized_keys',
		`${lines.join('\r\n')}\r\nssh-rsa AAAAB3NzaC1yc2EA broken\r\n${read('rsa-open-cert.pub').toString()}`,
	);
	const { keys, problems } = await found(path('authorized_keys'));
	assert.equal(keys.length, 4);
	assert.equal(
		thumbprint(keys[0]?.spki ?? Uint8Array.of()),
		thumbprint(keys[3]?.spki ?? Uint8Array.of()),
		'a certificate holds the key',
	);
	assert.deepEqual(
		problems.map(({ reason, count }) => [reason, count]),
		[['an SSH public key is malformed', 1]],
	);
});

test('JWK and JWKS', async () => {
	const pairs = [
		generateKeyPairSync('rsa', { modulusLength: 1024 }),
		generateKeyPairSync('ec', { namedCurve: 'P-384' }),
		generateKeyPairSync('ed25519'),
		generateKeyPairSync('x25519'),
	];
	const keys = pairs.map(({ publicKey }, index) => ({ kid: `k${index}`, ...publicKey.export({ format: 'jwk' }) }));
	write(
		'jwks.json',
		JSON.stringify(
			{
				keys: [
					...keys,
					{ kty: 'oct', k: 'AAECAwQFBgcICQoLDA0ODw', kid: 'shared' },
					{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
				],
			},
			null,
			2,
		),
	);
	const all = await found(path('jwks.json'));
	assert.deepEqual(
		all.keys.map(({ spki }) => thumbprint(spki)),
		pairs.map(({ publicKey }) => thumbprint(publicKey.export({ format: 'der', type: 'spki' }))),
	);
	assert.deepEqual(
		all.psks.map(({ secret, device }) => [hex(secret), device]),
		[['000102030405060708090a0b0c0d0e0f', 'shared']],
	);
	assert.deepEqual(
		all.problems.map(({ reason }) => reason),
		['a JWK is malformed or of an unknown kind'],
	);
	write('private.jwk', JSON.stringify(pairs[0]?.privateKey.export({ format: 'jwk' })));
	assert.equal((await only('private.jwk')).key.privateFound, true);
	const x5c = new X509Certificate(read('rsa.pem')).raw.toString('base64');
	write('x5c.json', JSON.stringify([{ x5c: [x5c] }]));
	assert.equal((await only('x5c.json')).key.certificate?.subject, 'CN=sensor-7');
});

test('raw keys where nothing else can be meant', async () => {
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const spki = publicKey.export({ format: 'der', type: 'spki' });
	const point = spki.subarray(-65);
	for (const content of [
		point,
		point.toString('hex'),
		`${point.toString('base64')}\n`,
		`# a comment\n${point.toString('hex').toUpperCase()}\n`,
	]) {
		write('point', content);
		assert.equal(hex((await only('point')).key.spki), hex(spki));
	}
	const off = Buffer.from(point);
	off[64] = (off[64] ?? 0) ^ 1;
	write('off', off);
	assert.equal((await found(path('off'))).keys.length, 0, 'not on the curve');
	const wireguard = generateKeyPairSync('x25519');
	const [priv, pub] = [wireguard.privateKey, wireguard.publicKey].map((key) => {
		const { d, x } = key.export({ format: 'jwk' });
		return Buffer.from(d ?? x ?? '', 'base64url').toString('base64');
	});
	write(
		'wg0.conf',
		`[Interface]\nPrivateKey = ${priv}\n[Peer]\nPublicKey = ${pub}\nPresharedKey = ${Buffer.alloc(32, 7).toString('base64')}\n`,
	);
	const { keys, psks } = await found(path('wg0.conf'));
	assert.deepEqual(
		keys.map(({ privateFound, spki }) => [privateFound, thumbprint(spki)]),
		[true, false].map((isPrivate) => [isPrivate, thumbprintOf(wireguard.privateKey)]),
	);
	assert.equal(psks.length, 1);
	const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
	write('config.ini', `ed25519_public = ${Buffer.from(x, 'base64url').toString('hex')}\nsha256 = ${'ab'.repeat(32)}\n`);
	assert.equal((await found(path('config.ini'))).keys.length, 1);
});

test('PEM in mail, C source, JSON, and among other encodings', async () => {
	const pem = read('rsa.pem').toString();
	write(
		'cert.h',
		`const char cert[] =\n${pem
			.trim()
			.split('\n')
			.map((line) => `"${line}\\n"`)
			.join('\n')};\n`,
	);
	write('cert.json', JSON.stringify({ certificate: pem }));
	write(
		'cert.js',
		`const c = ${pem
			.trim()
			.split('\n')
			.map((line) => `'${line}\\n'`)
			.join(' +\n')};`,
	);
	write('cert.yaml', `cert: |\n${pem.replaceAll(/^/gm, '    ')}`);
	write('bag.txt', `Bag Attributes\n    friendlyName: h\u00e9\n${pem}some text\n`);
	write(
		'mixed',
		Buffer.concat([Buffer.from('Stra\xdfe\r\n', 'latin1'), Buffer.from(pem, 'utf16le'), Buffer.from('\nmore\n')]),
	);
	for (const name of ['cert.h', 'cert.json', 'cert.js', 'cert.yaml', 'bag.txt', 'mixed'])
		assert.equal((await only(name)).key.certificate?.subject, 'CN=sensor-7', name);
	write('reads-pem.c', 'if (strstr(p, "-----BEGIN CERTIFICATE-----")) end = strstr(p, "-----END CERTIFICATE-----");');
	const { keys, problems } = await found(path('reads-pem.c'));
	assert.deepEqual([keys.length, problems.length], [0, 0], 'code that reads PEM is no PEM');
});

test('what is broken is counted, what lies around it is kept', async () => {
	const pem = read('rsa.pem').toString();
	const cut = pem.slice(0, 300);
	const wrong = pem.replace(/MII/, '!!!');
	write(
		'bundle.pem',
		[
			pem,
			cut,
			pem,
			wrong,
			pem,
			read('rsa.key').toString(),
			'-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n',
		].join('\n'),
	);
	const { keys, problems } = await found(path('bundle.pem'));
	assert.equal(keys.length, 4);
	assert.deepEqual(
		problems.map(({ reason, count, first }) => [reason, count, first?.split(',')[0]]),
		[
			['a PEM block has no end', 1, 'PEM block 2'],
			['a PEM block (CERTIFICATE) is not base64', 1, 'PEM block 4'],
		],
	);
	const der = createPrivateKey(read('rsa.key')).export({ format: 'der', type: 'pkcs8' });
	write('cut.der', der.subarray(0, 900));
	assert.match((await found(path('cut.der'))).problems[0]?.reason ?? '', /cut short/);
});
