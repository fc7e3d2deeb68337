import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import 'reflect-metadata';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import * as fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { buildCsr, parseCsr } from './csr.ts';
import { encodeDer } from './der.ts';
import { decodePem, encodePem } from './pem.ts';
import { testSigner } from './signer.fixture.ts';

const openssl = (args: readonly string[], input?: Uint8Array) =>
	spawnSync('openssl', args, { ...(input && { input }), encoding: 'buffer' });

const temporary = (t: TestContext): string => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-csr-'));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
};

/** A request made by openssl with this configuration and kind of key. */
const foreign = (
	folder: string,
	key: readonly string[],
	section: string,
	extra: readonly string[] = [],
): Uint8Array => {
	const config = join(folder, 'req.cnf');
	writeFileSync(config, `[req]\nprompt=no\ndistinguished_name=dn\n${section}`);
	const made = openssl([
		'req',
		'-new',
		'-nodes',
		'-keyout',
		join(folder, 'k.pem'),
		'-newkey',
		...key,
		'-config',
		config,
		...extra,
	]);
	assert.equal(made.status, 0, made.stderr.toString());
	return decodePem('CERTIFICATE REQUEST', made.stdout.toString(), 'csr-malformed')[0] ?? assert.fail();
};

const throwsOnly = (code: string, bytes: Uint8Array): void => {
	assert.throws(
		() => parseCsr(bytes),
		(error) => error instanceof Problem && error.code === code,
		code,
	);
};

for (const algorithm of ['P-256', 'P-384', 'Ed25519'] as const) {
	test(`a request of ours with ${algorithm} is read back, and openssl and @peculiar/x509 accept it`, async () => {
		const signer = testSigner(algorithm);
		const csr = await buildCsr(
			{
				subject: [
					['O', 'hall'],
					['CN', 'probe-1'],
					['serialNumber', 'probe-1'],
				],
				challengePassword: 'Zm9v+/==',
			},
			signer,
		);
		const parsed = parseCsr(csr);
		assert.deepEqual(parsed.publicKey, signer.publicKey);
		assert.deepEqual(parsed.subject, [
			['O', 'hall'],
			['CN', 'probe-1'],
			['serialNumber', 'probe-1'],
		]);
		assert.equal(parsed.challengePassword, 'Zm9v+/==');
		const checked = openssl(
			['req', '-verify', '-noout', '-subject'],
			Buffer.from(encodePem('CERTIFICATE REQUEST', csr)),
		);
		assert.equal(checked.status, 0, checked.stderr.toString());
		assert.match(checked.stdout.toString(), /O\s*=\s*hall, CN\s*=\s*probe-1, serialNumber\s*=\s*probe-1/);
		assert.ok(await new Pkcs10CertificateRequest(Buffer.from(csr)).verify());
	});
}

test('a request without subject and attributes is read back', async () => {
	const signer = testSigner();
	const csr = await buildCsr({ subject: [] }, signer);
	assert.deepEqual(parseCsr(csr), {
		publicKey: signer.publicKey,
		subject: [],
		extensions: [],
		challengePassword: null,
	});
	assert.equal(openssl(['req', '-verify', '-noout'], Buffer.from(encodePem('CERTIFICATE REQUEST', csr))).status, 0);
});

test("openssl's requests are read, with what they ask for", (t) => {
	const folder = temporary(t);
	const section = '[dn]\nCN=probe\n[ext]\nbasicConstraints=critical,CA:TRUE\nsubjectAltName=DNS:other.example\n';
	const request = parseCsr(foreign(folder, ['rsa:2048'], section, ['-reqexts', 'ext']));
	assert.deepEqual(request.subject, [['CN', 'probe']]);
	assert.deepEqual(
		request.extensions.map(({ oid, critical }) => [oid, critical]),
		[
			['2.5.29.19', true],
			['2.5.29.17', false],
		],
	);
	assert.equal(readFileSync(join(folder, 'k.pem'), 'utf8').includes('PRIVATE'), true);
});

test('a weak key, a weak digest and a broken signature are refused as csr-signature', async (t) => {
	const folder = temporary(t);
	const section = '[dn]\nCN=probe\n';
	throwsOnly('csr-signature', foreign(folder, ['rsa:1024'], section));
	throwsOnly('csr-signature', foreign(folder, ['rsa:2048'], section, ['-sha1']));
	throwsOnly('csr-signature', foreign(folder, ['ec', '-pkeyopt', 'ec_paramgen_curve:secp224r1'], section));
	// RFC 2986 §4.2: another's public key under one's own signature.
	const victim = testSigner();
	const thief = testSigner();
	throwsOnly('csr-signature', await buildCsr({ subject: [] }, { ...thief, publicKey: victim.publicKey }));
});

test('a request cut at any byte, with any byte changed, or followed by more, is a Problem and nothing else', async () => {
	const csr = await buildCsr({ subject: [['CN', 'probe-1']], challengePassword: 'x' }, testSigner());
	for (let length = 0; length < csr.length; length++) throwsOnly('csr-malformed', csr.subarray(0, length));
	throwsOnly('csr-malformed', Uint8Array.of(...csr, 0));
	for (let at = 0; at < csr.length; at++) {
		const changed = csr.slice();
		changed[at] = (changed[at] ?? 0) ^ 0x41;
		assert.throws(() => parseCsr(changed), Problem, `byte ${at}`);
	}
});

const isHandled = (bytes: Uint8Array): boolean => {
	try {
		parseCsr(bytes);
		return true;
	} catch (error) {
		return error instanceof Problem;
	}
};

test('whatever the bytes, parsing gives a request or a Problem', () => {
	fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), isHandled));
	const { tree } = fc.letrec((tie) => ({
		tree: fc.oneof({ depthSize: 'medium' }, tie('leaf'), tie('node')),
		leaf: fc
			.tuple(
				fc.constantFrom(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x80),
				fc.uint8Array({ maxLength: 12 }),
			)
			.map(([tag, body]) => encodeDer(tag, body)),
		node: fc
			.tuple(fc.constantFrom(0x30, 0x31, 0xa0, 0xa1), fc.array(tie('tree'), { maxLength: 4 }))
			.map(([tag, children]) => encodeDer(tag, ...(children as Uint8Array[]))),
	}));
	fc.assert(fc.property(fc.tuple(tree, tree, tree), (parts) => isHandled(encodeDer(0x30, ...(parts as Uint8Array[])))));
});

const nested = (depth: number): Uint8Array => {
	let value: Uint8Array = new Uint8Array(0);
	for (let level = 0; level < depth; level++) value = encodeDer(0x30, value);
	return value;
};

test('BER that is not DER, nesting bombs and oversize are refused before they are parsed', () => {
	throwsOnly('csr-malformed', nested(3000));
	throwsOnly('csr-malformed', new Uint8Array(20_000));
	throwsOnly('csr-malformed', Uint8Array.of(0x30, 0x80, 0x00, 0x00));
	throwsOnly('csr-malformed', Uint8Array.of(0x30, 0x81, 0x01, 0x00));
});
