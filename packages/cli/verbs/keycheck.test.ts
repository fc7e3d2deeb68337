import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
	checkPrimeSync,
	createECDH,
	createPrivateKey,
	createPublicKey,
	generateKeyPairSync,
	generatePrimeSync,
	hash,
	randomBytes,
} from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { temporaryFolder } from '@keyward/testing/folder';
import type { Finding } from '@keyward/core/keycheck';
import type { ScanProblem } from '@keyward/scan';
import { openCommandLines } from '../keyward.fixture.ts';

// As a stranger would: a folder of mixed files, the verb, its help.

const folder = temporaryFolder('keyward-keycheck-');
const path = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array): void => writeFileSync(path(name), content);
const openssl = (...args: string[]): void => {
	const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
	assert.equal(status, 0, stderr);
};

const inFolder = openCommandLines(folder);
const keyward = (...words: string[]) => inFolder(words);

before(() => {
	openssl('genrsa', '-out', 'weak-key.pem', '1024');
	openssl('rsa', '-in', 'weak-key.pem', '-pubout', '-out', 'weak.pem');
});

interface Report {
	readonly checked: Readonly<Record<string, number>>;
	readonly findings: readonly Finding[];
	readonly problems: readonly ScanProblem[];
}

/** What must never be printed. */
const secrets: string[] = [];
const secret = (text: string): string => {
	secrets.push(text);
	return text;
};
const random = (length: number): string => secret(randomBytes(length).toString('hex'));

const toBase64Url = (number: bigint): string => {
	const digits = number.toString(16);
	return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('base64url');
};
const rsaPublic = (n: bigint): string =>
	createPublicKey({ key: { kty: 'RSA', n: toBase64Url(n), e: 'AQAB' }, format: 'jwk' })
		.export({ format: 'pem', type: 'spki' })
		.toString();
const prime = (): bigint => generatePrimeSync(1024, { bigint: true });

/** One DER value with its contents, and what follows it. */
const splitDer = (der: Buffer): { head: number; value: Buffer; rest: Buffer } => {
	const long = (der[1] ?? 0) & 0x80 ? (der[1] ?? 0) & 0x7f : 0;
	const length = long === 0 ? (der[1] ?? 0) : der.readUIntBE(2, long);
	return { head: 2 + long, value: der.subarray(0, 2 + long + length), rest: der.subarray(2 + long + length) };
};
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
	const body = Buffer.concat(parts);
	const head = body.length < 128 ? [tag, body.length] : [tag, 0x82, body.length >> 8, body.length & 0xff];
	return Buffer.concat([Buffer.from(head), body]);
};
const integer = (number: bigint): Buffer => {
	const digits = Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
	return der(2, digits[0] !== undefined && digits[0] >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), digits);
};
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const inverse = (number: bigint): bigint => {
	let [r, next, x, step] = [ORDER, number, 0n, 1n];
	while (next !== 0n) [r, next, x, step] = [next, r % next, step, x - (r / next) * step];
	return ((x % ORDER) + ORDER) % ORDER;
};

/** A request of OpenSSL signed again with a given nonce, as a device without entropy does. */
const signWithNonce = (request: Buffer, key: bigint, nonce: bigint): Buffer => {
	const inside = request.subarray(splitDer(request).head);
	const { value: toBeSigned, rest } = splitDer(inside);
	const { value: algorithm } = splitDer(rest);
	const point = createECDH('prime256v1');
	point.setPrivateKey(Buffer.from(nonce.toString(16).padStart(64, '0'), 'hex'));
	const r = BigInt(`0x${point.getPublicKey('hex').slice(2, 66)}`) % ORDER;
	const s = (inverse(nonce) * (BigInt(`0x${hash('sha256', toBeSigned, 'hex')}`) + r * key)) % ORDER;
	return der(0x30, toBeSigned, algorithm, der(3, Buffer.from([0]), der(0x30, integer(r), integer(s))));
};

before(() => {
	mkdirSync(path('fleet/images'), { recursive: true });
	// One key under two certificates.
	openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'shared.key');
	for (const name of ['pump-1', 'pump-2'])
		openssl(
			'req',
			'-x509',
			'-new',
			'-key',
			'shared.key',
			'-subj',
			`/CN=${name}`,
			'-days',
			'30',
			'-out',
			`fleet/${name}.pem`,
		);
	const shared = readFileSync(path('shared.key'), 'utf8');
	secret(shared.split('\n')[1] ?? '');
	// One PSK in a list and in an image, and one that anybody can guess.
	const psk = random(16);
	write(
		'fleet/devices.csv',
		`dev_eui;app_key\n70b3d57ed0000001;${psk}\n70b3d57ed0000002;${random(16)}\n70b3d57ed0000003;${psk}\n`,
	);
	write('fleet/broker.psk', `probe-1:${random(16)}\nprobe-2:${random(16)}\nprobe-3:${secret('cafe0147')}\n`);
	write(
		'fleet/images/firmware.bin',
		Buffer.concat([
			randomBytes(5000),
			gzipSync(
				Buffer.concat([
					randomBytes(2000),
					Buffer.from(`\0psk=${psk}\0`),
					createPrivateKey(shared).export({ format: 'der', type: 'pkcs8' }),
				]),
			),
		]),
	);
	// RSA keys that share a prime, one with primes side by side, one too short.
	const common = prime();
	write('fleet/a.pub', rsaPublic(common * prime()));
	write('fleet/b.pub', rsaPublic(common * prime()));
	const near = prime();
	let next = near + 2n;
	while (!checkPrimeSync(next)) next += 2n;
	write('fleet/close.pub', rsaPublic(near * next));
	write(
		'fleet/short.pub',
		generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'pem', type: 'spki' }),
	);
	// Two signatures with one nonce.
	const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
	const d = BigInt(`0x${Buffer.from(signer.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex')}`);
	secret(d.toString(16).padStart(64, '0'));
	write('signer.key', signer.export({ format: 'pem', type: 'pkcs8' }));
	const nonce = BigInt(`0x${random(31)}`);
	for (const name of ['meter-1', 'meter-2']) {
		openssl('req', '-new', '-key', 'signer.key', '-subj', `/CN=${name}`, '-outform', 'DER', '-out', 'request.der');
		write(`fleet/${name}.csr`, signWithNonce(readFileSync(path('request.der')), d, nonce));
	}
	openssl(
		'pkcs12',
		'-export',
		'-in',
		'fleet/pump-1.pem',
		'-inkey',
		'shared.key',
		'-passout',
		'pass:sesame',
		'-out',
		'fleet/locked.p12',
	);
	write('fleet/broken.pem', readFileSync(path('fleet/pump-1.pem'), 'utf8').slice(0, 200));
	write('fleet/notes.txt', 'no keys in here\n');
	write('passwords', 'sesame\n');
});

const noSecretIn = (text: string): void => {
	assert.ok(secrets.length > 6);
	for (const one of secrets) assert.ok(!text.toLowerCase().includes(one.toLowerCase()), 'a secret was printed');
};

test('each planted weakness is found, with its files, attack and mend, and no secret', async () => {
	const { status, stdout, stderr } = await keyward('keycheck', '--json', 'fleet');
	assert.equal(status, 1, stderr);
	assert.equal(stderr, '');
	const { checked, findings, problems } = JSON.parse(stdout) as Report;
	const filesOf = (check: string): string[][] =>
		findings
			.filter((one) => one.check === check)
			.map(({ members }) => [...new Set(members.map(({ file }) => file))].toSorted());
	assert.deepEqual(filesOf('shared-psk'), [['fleet/devices.csv', 'fleet/images/firmware.bin']]);
	assert.deepEqual(filesOf('duplicate-key')[0], ['fleet/images/firmware.bin', 'fleet/pump-1.pem', 'fleet/pump-2.pem']);
	assert.deepEqual(filesOf('batch-gcd'), [['fleet/a.pub', 'fleet/b.pub']]);
	assert.deepEqual(filesOf('fermat'), [['fleet/close.pub']]);
	assert.deepEqual(filesOf('rsa-size'), [['fleet/short.pub']]);
	assert.deepEqual(filesOf('nonce-reuse'), [['fleet/meter-1.csr', 'fleet/meter-2.csr']]);
	assert.deepEqual(filesOf('psk-short'), [['fleet/broker.psk']]);
	assert.deepEqual(filesOf('certificate-ca-on-device').flat(), ['fleet/pump-1.pem', 'fleet/pump-2.pem']);
	assert.deepEqual([checked['files'], checked['certificates'], checked['psks'], checked['privateKeys']], [14, 2, 7, 1]);
	assert.deepEqual(
		problems.map(({ file }) => file),
		['fleet/broken.pem', 'fleet/locked.p12'],
	);
	for (const { attack, mend, detail, members } of findings) {
		assert.ok(attack.length > 20 && mend.length > 20 && detail.length > 10);
		for (const { fingerprint, label } of members) assert.match(`${label} ${fingerprint}`, /^.+ [0-9a-f]{16}$/);
	}
	noSecretIn(stdout);
});

test('for a person: worst first, who falls together, what was not read; no secret', async () => {
	const { status, stdout, stderr } = await keyward('keycheck', 'fleet');
	assert.equal(status, 1);
	assert.equal(stderr, '', 'no progress where nobody looks');
	assert.match(stdout, /^Read 14 files, \d+ KB: 2 certificates, 1 private key, 6 other public keys, 7 pre-shared keys/);
	assert.match(
		stdout,
		/^CRITICAL {2}shared-psk: .+\n {2}found .+\n(?: +.+\n)*? {2}risk .+\n(?: +.+\n)*? {2}fix .+\n(?: +.+\n)*? {2}where {3}3 places:\n +file +where +fingerprint\n +fleet\/devices\.csv +row 2, appKey of 70b3d57ed0000001 +[0-9a-f]{16}$/m,
	);
	// The summary by check comes before the findings.
	assert.match(
		stdout,
		/^severity +check +findings +keys +places +what\n(?:[A-Z]+ +[a-z-]+ +\d+ +\d+ +\d+ +[A-Z].+\n)+\nCRITICAL/m,
	);
	const severities = [...stdout.matchAll(/^(CRITICAL|HIGH|MEDIUM|LOW) .+: /gm)].map(([, severity]) => severity);
	assert.deepEqual(
		severities,
		severities.toSorted(
			(a, b) =>
				['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'].indexOf(a ?? '') - ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'].indexOf(b ?? ''),
		),
	);
	assert.match(
		stdout,
		/^Not read \(2\).*:\n.*\n +fleet\/broken\.pem +a PEM block has no end.*\n +fleet\/locked\.p12 +the PKCS#12 stays closed/m,
	);
	assert.match(stdout, /--password-file/);
	noSecretIn(stdout);
});

test('passwords come from a file, and open what was closed', async () => {
	const { stdout } = await keyward('keycheck', '--json', '--password-file', 'passwords', 'fleet');
	const { checked, problems } = JSON.parse(stdout) as Report;
	assert.deepEqual([checked['certificates'], checked['privateKeys'], problems.length], [3, 2, 1]);
	assert.ok(!stdout.includes('sesame'));
	noSecretIn(stdout);
});

test('members beyond ten are counted, and all are named when asked for', async () => {
	const psk = random(16);
	write('many.csv', `id,psk\n${Array.from({ length: 30 }, (_, row) => `d${row},${psk}\n`).join('')}`);
	const short = (await keyward('keycheck', 'many.csv')).stdout;
	assert.match(short, /and 20 more: --all names them/);
	assert.equal((await keyward('keycheck', '--all', 'many.csv')).stdout.match(/many\.csv +row/g)?.length, 30);
});

test('what was not read is said, counted and told by the exit code; a finding is told by its own', async () => {
	mkdirSync(path('unread'));
	write('unread/notes.txt', 'nothing in here\n');
	write('unread/locked.p12', readFileSync(path('fleet/locked.p12')));
	const { status, stdout } = await keyward('keycheck', '--json', 'unread');
	assert.equal(status, 3);
	const { outcomes } = JSON.parse(stdout) as { outcomes: unknown };
	assert.deepEqual(outcomes, { keys: 0, nothing: 1, partly: 0, 'not-read': 1 });
	assert.match(stdout, /^\{\s*"outcomes"/, 'the counts stand first');
	const shown = await keyward('keycheck', 'unread');
	assert.match(shown.stdout, /0 with keys, 1 with nothing recognised, 0 read in part, 1 not read\./);
	assert.match(shown.stdout, /Not read in full: 1 input, named above\./);
	write('unread/weak.pem', readFileSync(path('weak.pem')));
	assert.equal((await keyward('keycheck', 'unread')).status, 1);
});

test('standard input is read as any file; output that nobody takes changes no exit code', async () => {
	const main = new URL('../main.ts', import.meta.url).pathname;
	const run = (shell: string) => spawnSync('bash', ['-c', shell], { cwd: folder, encoding: 'utf8' });
	const verb = `"${process.execPath}" "${main}" keycheck`;
	const piped = run(`${verb} - < weak.pem`);
	assert.equal(piped.status, 1, piped.stderr);
	assert.match(piped.stdout, /^ +- +/m);
	assert.equal(run(`${verb} weak.pem | true; exit \${PIPESTATUS[0]}`).status, 1);
	const full = run(`${verb} weak.pem > /dev/full`);
	assert.equal(full.status, 2);
	assert.match(full.stderr, /the output cannot be written \(ENOSPC\)/);
});

test('clean files, and files without keys, end with 0', async () => {
	write('clean.csv', `id,psk\na,${random(16)}\nb,${random(16)}\n`);
	const clean = await keyward('keycheck', 'clean.csv');
	assert.equal(clean.status, 0);
	assert.match(clean.stdout, /No weakness found\./);
	const nothing = await keyward('keycheck', 'fleet/notes.txt');
	assert.equal(nothing.status, 0);
	assert.match(nothing.stdout, /No key was found in there, so nothing was checked\./);
});

test('names in files cannot write on the terminal', async () => {
	write('odd.csv', `id,psk\n"\u001b[2J\u001b]0;x\u0007a\u202e",1234\n${`plain,${random(16)}\n`.repeat(20)}`);
	const { stdout } = await keyward('keycheck', 'odd.csv');
	assert.match(stdout, /psk-short/);
	assert.doesNotMatch(stdout, /[^\P{Cc}\n]|\p{Cf}/u);
});

test('misuse ends with 2: no path, a path that is not there, a password file that is not', async () => {
	assert.equal((await keyward('keycheck')).status, 2);
	const missing = await keyward('keycheck', 'fleet', 'nowhere');
	assert.equal(missing.status, 2);
	assert.equal(missing.stdout, '');
	assert.match(missing.stderr, /nowhere is not there: check the path/);
	assert.equal((await keyward('keycheck', '--password-file', 'nowhere', 'fleet')).status, 2);
});

test('where hardly a file may be opened, what was not read is said, and no stack trace ends with the code of a finding', () => {
	const program = new URL('../bin/keyward.js', import.meta.url).pathname;
	write('any.txt', 'any');
	const line = `ulimit -n 24; exec "${process.execPath}" "${program}" keycheck any.txt`;
	const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
	assert.equal(
		stderr,
		'keyward: not read: too few files may be open at once (EMFILE); raise the limit: ulimit -n 256\n',
	);
	assert.equal(status, 3);
});

test('--help is enough to begin', async () => {
	const { status, stdout } = await keyward('keycheck', '--help');
	assert.equal(status, 0);
	for (const words of [
		'Examples:',
		'keyward keycheck devices.csv',
		'Exit code: 0',
		'--password-file',
		'never a secret',
	])
		assert.ok(stdout.includes(words), words);
});
