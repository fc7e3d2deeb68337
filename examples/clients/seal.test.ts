import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@keyward/testing/folder';
import type { AgreementKey, Signer } from '@keyward/core/port';
import { encodeSenmlCbor } from '@keyward/core/observe';
import {
	digestOf,
	parseRoster,
	readersOf,
	readSealedReading,
	ReaderView,
	readSealedMessage,
	sealEpoch,
	sealReading,
	signReading,
	signSealCheckpoint,
} from '@keyward/core/seal';
import { encapsulateKem, makeEphemeralAgreementKey, openKemKey } from '@keyward/custody';
import { needs } from '@keyward/testing/debian';

// Two implementations of the format, of different hands and languages: what one seals, the other opens.

const program = fileURLToPath(new URL('python/keyward_seal.py', import.meta.url));
const name = { application: 'hall', device: 'probe', stream: 'dose-rate' };

const p256 = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const spki = (key: KeyObject): Uint8Array =>
	new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));

const signerOf = (key: KeyObject): Signer => ({
	publicKey: spki(key),
	custody: 'software',
	sign: async (bytes) => new Uint8Array(sign('sha256', bytes, key)),
});
const agreementOf = (key: KeyObject): AgreementKey => ({
	publicKey: spki(key),
	custody: 'software',
	agree: async (publicKey) => {
		const other = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
		return new Uint8Array(diffieHellman({ privateKey: key, publicKey: other }));
	},
});

const setUp = (signed: unknown = { within: '60s' }, suite: 1 | 2 = 1) => {
	const folder = temporaryFolder('keyward-seal-');
	const [device, desk, other] = [p256(), p256(), p256()];
	const seeds = [randomBytes(64), randomBytes(64)] as const;
	const kem = openKemKey(seeds[0]);
	const soon = new Date(Date.now() + 86_400_000).toISOString();
	const reader = (key: KeyObject, seed: Uint8Array): unknown => ({
		key: Buffer.from(spki(key)).toString('base64'),
		kem: Buffer.from(openKemKey(seed).publicKey).toString('base64'),
		streams: ['dose-rate'],
		purpose: 'read',
		expires: soon,
	});
	const terms = { sealed: true, suite, signed, every: '10s', epoch: '1h', unit: 'Sv/h', essential: false };
	const bytes = new TextEncoder().encode(
		JSON.stringify({
			type: 'keyward-roster',
			version: 1,
			application: 'hall',
			number: 1,
			issued: new Date().toISOString(),
			expires: soon,
			devices: { probe: { key: Buffer.from(spki(device)).toString('base64') } },
			readers: { desk: reader(desk, seeds[0]), other: reader(other, seeds[1]) },
			commanders: {},
			signers: { command: 1, dangerous: 1 },
			streams: { 'dose-rate': terms },
		}),
	);
	const files = {
		roster: join(folder, 'roster.json'),
		device: join(folder, 'device.pem'),
		desk: join(folder, 'desk.pem'),
		seed: join(folder, 'desk.seed'),
	};
	writeFileSync(files.roster, bytes);
	writeFileSync(files.seed, seeds[0], { mode: 0o600 });
	for (const [file, key] of [
		[files.device, device],
		[files.desk, desk],
	] as const)
		writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
	const run = (verb: 'seal' | 'open', key: string, input: string | Uint8Array, ...more: string[]) => {
		const args = [program, verb, files.roster, key, 'hall/probe/dose-rate', ...more];
		const { status, stdout, stderr } = spawnSync('/usr/bin/python3', args, { input, timeout: 120_000 });
		return { status, out: stdout, err: stderr.toString() };
	};
	return { files, run, roster: parseRoster(bytes), signer: signerOf(device), desk: agreementOf(desk), kem };
};

const isReady = (t: TestContext): boolean =>
	needs(t, 'dist-packages/cbor2/__init__.py') && needs(t, 'dist-packages/cryptography/__init__.py');

test('what Python seals, the library opens and finds signed', { timeout: 240_000 }, async (t) => {
	if (!isReady(t)) return;
	const { files, run, roster, desk } = setUp();
	const { status, out, err } = run('seal', files.device, '1.5e-7\n2.5e-7\n-0.5\n3\n', '70000');
	assert.equal(status, 0, err);
	const view = new ReaderView(name);
	const values: unknown[] = [];
	const signed: unknown[] = [];
	for (const { bytes } of readSealedMessage(out)) {
		const taken = await view.take(bytes, { rosters: [roster], key: { agreement: desk }, now: Date.now() });
		assert.deepEqual(taken.findings, []);
		if (taken.reading !== null) values.push(taken.reading.value);
		if (taken.signed !== null) signed.push(taken.signed);
	}
	assert.deepEqual(values, [1.5e-7, 2.5e-7, -0.5, 3]);
	assert.deepEqual(signed, [{ epoch: 70_000, numbers: [1, 4] }]);
});

test(
	'what the library seals, Python opens and finds signed, and refuses where it was touched',
	{ timeout: 240_000 },
	async (t) => {
		if (!isReady(t)) return;
		const { files, run, roster, signer } = setUp();
		const time = Date.now();
		const boot = randomBytes(8);
		const { message, hash, keys } = await sealEpoch(
			{
				...name,
				number: 65_536,
				boot,
				rosterHash: roster.hash,
				previous: { hash: randomBytes(32), numbers: 9 },
				suite: 1,
			},
			readersOf(roster, 'dose-rate', time),
			{ signer, entropy: { bytes: randomBytes }, ephemeral: async () => makeEphemeralAgreementKey() },
		);
		const values = [1.5e-7, -3, 1e300];
		const rows = values.map((value, i) =>
			sealReading(keys, i + 1, encodeSenmlCbor([{ name: 'probe/dose-rate', unit: 'Sv/h', time, value }])),
		);
		const checkpoint = await signSealCheckpoint(
			{
				epoch: 65_536,
				epochHash: hash,
				first: 1,
				sequence: 4,
				digest: digestOf(rows.map((row) => readSealedReading(row).hash)),
				previous: null,
				boot,
				uptime: 5,
				time,
			},
			signer,
		);
		const whole = run('open', files.desk, Buffer.concat([message, ...rows, checkpoint]));
		assert.equal(whole.status, 0, whole.err);
		const lines = (out: Buffer): Record<string, unknown>[] =>
			out
				.toString()
				.split('\n')
				.filter((line) => line !== '')
				.map((line) => JSON.parse(line) as Record<string, unknown>);
		assert.deepEqual(
			lines(whole.out).map(({ value, time: at, signed }) => [value, at, signed]),
			values.map((value) => [value, time / 1000, true]),
		);

		const [first = message, second = message, third = message] = rows;
		const altered = Uint8Array.from(second);
		altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
		const touched = run('open', files.desk, Buffer.concat([message, first, altered, third, checkpoint]));
		assert.equal(touched.status, 1);
		assert.match(touched.err, /^reading-forged.*\nreading-missing: 2 to 2 .*\nreading-missing: 1 to 3 stay opened/);
		assert.deepEqual(
			lines(touched.out).map(({ signed }) => signed),
			[false, false],
		);
		const cut = run('open', files.desk, Buffer.concat([message, first, second]).subarray(0, -1));
		assert.match(cut.err, /^seal-malformed/);
		const stranger = run('open', files.device, Buffer.concat([message, first]));
		assert.match(stranger.err, /^(epoch-recipients: not sealed to this key\n){2}$/);
	},
);

test('a reading that is signed by itself is one to both', { timeout: 240_000 }, async (t) => {
	if (!isReady(t)) return;
	const { files, run, roster, signer } = setUp('each');
	const time = Date.now();
	const { message, hash, keys } = await sealEpoch(
		{ ...name, number: 0, boot: randomBytes(8), rosterHash: roster.hash, previous: null, suite: 1 },
		readersOf(roster, 'dose-rate', time),
		{ signer, entropy: { bytes: randomBytes }, ephemeral: async () => makeEphemeralAgreementKey() },
	);
	const sealed = sealReading(keys, 1, encodeSenmlCbor([{ name: 'probe/dose-rate', unit: 'Sv/h', time, value: 4 }]));
	const both = run('open', files.desk, Buffer.concat([message, await signReading(sealed, hash, signer)]));
	assert.equal(both.status, 0, both.err);
	assert.match(both.out.toString(), /"value": 4.*"signed": true/);
	const bare = run('open', files.desk, Buffer.concat([message, sealed]));
	assert.match(bare.err, /^reading-unsigned: the roster has each reading signed by itself/);
});

test(
	'suite 2, with ML-KEM-768, is one to both, and refused by name where Python has none',
	{ timeout: 240_000 },
	async (t) => {
		if (!isReady(t)) return;
		const { files, run, roster, signer, desk, kem } = setUp({ within: '60s' }, 2);
		const { status, out, err } = run('seal', files.device, '7\n', '3');
		assert.equal(status, 0, err);
		const view = new ReaderView(name);
		const trust = { rosters: [roster], key: { agreement: desk, kem }, now: Date.now() } as const;
		const taken = [];
		for (const { bytes } of readSealedMessage(out)) taken.push(await view.take(bytes, trust));
		assert.deepEqual(
			taken.flatMap(({ findings }) => findings),
			[],
		);
		assert.deepEqual([taken[1]?.reading?.value, taken[2]?.signed], [7, { epoch: 3, numbers: [1, 1] }]);

		const time = Date.now();
		const content = {
			...name,
			number: 0,
			boot: randomBytes(8),
			rosterHash: roster.hash,
			previous: null,
			suite: 2,
		} as const;
		const { message, keys } = await sealEpoch(content, readersOf(roster, 'dose-rate', time), {
			...{ signer, entropy: { bytes: randomBytes }, encapsulate: encapsulateKem },
			ephemeral: async () => makeEphemeralAgreementKey(),
		});
		const sealed = sealReading(keys, 1, encodeSenmlCbor([{ name: 'probe/dose-rate', unit: 'Sv/h', time, value: 4 }]));
		const both = run('open', files.desk, Buffer.concat([message, sealed]), files.seed);
		assert.equal(both.err, '');
		assert.match(both.out.toString(), /"value": 4.*"signed": false/);
		const without = run('open', files.desk, Buffer.concat([message, sealed]));
		assert.match(without.err, /^seal-suite: suite 2 needs the reader's ML-KEM key/);
	},
);

test('Python opens and refuses as vectors/seal say, each of them', { timeout: 240_000 }, (t) => {
	if (!isReady(t)) return;
	const vectors = ['valid', 'invalid'].map((one) =>
		fileURLToPath(new URL(`../../vectors/seal/${one}.json`, import.meta.url)),
	);
	const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [program, 'vectors', ...vectors], {
		encoding: 'utf8',
	});
	const lines = stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as { readonly held: boolean });
	assert.deepEqual(
		lines.filter(({ held }) => !held),
		[],
	);
	assert.equal(status, 0, stderr);
	const cases = vectors.flatMap((file) => (JSON.parse(readFileSync(file, 'utf8')) as { cases: object[] }).cases);
	assert.equal(lines.length, cases.length);

	// Of open streams, what devices signed is checked as well.
	const open = fileURLToPath(new URL('../../vectors/seal/open.json', import.meta.url));
	const checks = fileURLToPath(new URL('python/keyward_open.py', import.meta.url));
	const checked = spawnSync('/usr/bin/python3', ['-B', checks, 'vectors', open], { encoding: 'utf8' });
	assert.equal(checked.status, 0, checked.stdout + checked.stderr);
	const all = (JSON.parse(readFileSync(open, 'utf8')) as { cases: object[] }).cases;
	assert.equal(checked.stdout.trim().split('\n').length, all.length);

	// Where neither cryptography nor the file beside it has ML-KEM, suite 2 is refused by its name.
	const alone = temporaryFolder('keyward-seal-');
	copyFileSync(program, join(alone, 'keyward_seal.py'));
	const [valid = ''] = vectors;
	const said = spawnSync('/usr/bin/python3', [join(alone, 'keyward_seal.py'), 'vectors', valid], { encoding: 'utf8' });
	assert.match(said.stdout, /"suite 2[^\n]*("held": true|"refused": "seal-suite")/);
});
