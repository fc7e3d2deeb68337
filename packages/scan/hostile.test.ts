import 'reflect-metadata';
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { defaultLimits } from './content/limits.ts';
import { collectorFor } from './collect.ts';
import { contentSink } from './reader/stream.ts';
import { signatureIndex } from './signature-index.ts';
import { openLocked } from './locked/open.ts';
import { folderForTests } from './scan.fixture.ts';
import type { Material } from '@keyward/core/keycheck';

// Whatever the bytes, a scan ends with what it found and what it could not read, and throws nothing.

const { read, run, write } = folderForTests();

/** `npm test` looks at every third length and offset, each time from another one on; `npm run soak` at all. */
const STEP = process.env['KEYWARD_SWEEP'] === 'all' ? 1 : 3;
const FIRST = Math.floor(Math.random() * STEP);

const scanBytes = async (bytes: Buffer, pieces: readonly number[] = []) => {
	const materials: Material[] = [];
	const give = (material: Material): void => void materials.push(material);
	const collected = collectorFor('bytes', defaultLimits, give, signatureIndex(give), { source: null });
	const sink = contentSink(collected.content);
	let at = 0;
	for (const piece of pieces) {
		await sink.write(bytes.subarray(at, at + piece));
		at += piece;
	}
	await sink.write(bytes.subarray(at));
	await sink.end();
	for (const one of collected.locked) await openLocked(one, collected.content, { known: ['sesame'], ask: null }, '');
	return { materials, problems: collected.problems() };
};

const samples = ((): readonly Buffer[] => {
	const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 1024 });
	write('ca.key', ec.export({ format: 'pem', type: 'pkcs8' }));
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
		'ca.der',
	);
	run('openssl', 'x509', '-in', 'ca.der', '-out', 'ca.pem');
	run('openssl', 'req', '-new', '-key', 'ca.key', '-subj', '/CN=device-1', '-outform', 'DER', '-out', 'csr.der');
	run(
		'openssl',
		'pkcs12',
		'-export',
		'-in',
		'ca.pem',
		'-inkey',
		'ca.key',
		'-iter',
		'10',
		'-passout',
		'pass:sesame',
		'-out',
		'all.p12',
	);
	run(
		'openssl',
		'pkcs12',
		'-export',
		'-legacy',
		'-in',
		'ca.pem',
		'-inkey',
		'ca.key',
		'-iter',
		'10',
		'-passout',
		'pass:sesame',
		'-out',
		'legacy.p12',
	);
	run(
		'openssl',
		'cms',
		'-sign',
		'-stream',
		'-nodetach',
		'-signer',
		'ca.pem',
		'-inkey',
		'ca.key',
		'-in',
		'ca.key',
		'-outform',
		'DER',
		'-out',
		'stream.p7m',
	);
	run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'ssh');
	const list = `id,psk\n${Array.from({ length: 20 }, (_, row) => `d${row},${randomBytes(16).toString('hex')}\n`).join('')}`;
	return [
		...['ca.key', 'ca.der', 'ca.pem', 'csr.der', 'all.p12', 'legacy.p12', 'stream.p7m', 'ssh', 'ssh.pub'].map(read),
		rsa.export({ format: 'der', type: 'pkcs1' }),
		ec.export({ format: 'der', type: 'sec1' }),
		Buffer.from(list),
		Buffer.from(
			JSON.stringify([
				{ ids: { dev_eui: 'a' }, root_keys: { app_key: { key: '00'.repeat(16) } } },
				ec.export({ format: 'jwk' }),
			]),
		),
		gzipSync(list),
	];
})();

test('every sample gives something when whole, and the same in pieces of any length', async () => {
	for (const sample of samples) {
		const whole = await scanBytes(sample);
		assert.ok(whole.materials.length > 0);
		assert.deepEqual(
			(
				await scanBytes(
					sample,
					Array.from({ length: sample.length - 1 }, () => 1),
				)
			).materials,
			whole.materials,
		);
	}
});

test('cut short at every length', async () => {
	for (const sample of samples) {
		const { materials } = await scanBytes(sample);
		for (let length = FIRST; length < sample.length; length += STEP) {
			const cut = await scanBytes(sample.subarray(0, length));
			assert.ok(cut.materials.length <= materials.length, `cut to ${length} octets`);
		}
	}
});

test('one octet changed at every offset', async () => {
	for (const sample of samples) {
		for (let at = FIRST; at < sample.length; at += STEP) {
			const changed = Buffer.from(sample);
			changed[at] = [0x00, 0x80, 0x30, 0xff][at % 4] ?? 0;
			await assert.doesNotReject(scanBytes(changed), `octet ${at} changed`);
		}
	}
});

test('any bytes, around and inside what is a key', async () => {
	const any = fc.uint8Array({ maxLength: 300 });
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...samples),
			any,
			any,
			fc.array(fc.nat(400), { maxLength: 6 }),
			async (sample, before, after, pieces) => {
				const bytes = Buffer.concat([before, sample, after]);
				const parts = await scanBytes(bytes, pieces);
				assert.deepEqual(parts.materials.length, (await scanBytes(bytes)).materials.length);
			},
		),
		{ numRuns: 300 },
	);
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...samples),
			fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 20 }),
			async (sample, changes) => {
				const bytes = Buffer.from(sample);
				for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
				await scanBytes(bytes);
			},
		),
		{ numRuns: 500 },
	);
});
