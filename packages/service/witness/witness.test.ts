import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import {
	addCheckpointBody,
	appendLeaf,
	type CompactRange,
	consistencyProof,
	cosignaturesOn,
	emptyCompactRange,
	leafHash,
	noteVerifierKey,
	readVerifierKey,
	root,
	signatureType,
	signCheckpoint,
} from '@keyward/core/ledger';
import type { Signer } from '@keyward/core/port';
import { TestCa } from '../http/openssl.fixture.ts';
import { makeWitness, serveWitness, trustLogs, type Witness } from './index.ts';

// C2SP tlog-witness, add-checkpoint: each status that it names.

const ORIGIN = 'keyward/hall';
const makeSigner = (): Signer => {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	return {
		publicKey: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
		custody: 'software',
		sign: async (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
	};
};
const log = makeSigner();
const leaves = Array.from({ length: 20 }, (_, i) => leafHash(Uint8Array.of(i)));
const edgeOf = (count: number, of = leaves): CompactRange => of.slice(0, count).reduce(appendLeaf, emptyCompactRange);
const proofOf = (old: number, size: number, of = leaves): Uint8Array[] =>
	consistencyProof((i) => of[i] ?? assert.fail(), old, size);
const noteOf = (size: number, of = leaves, signer = log, origin = ORIGIN): Promise<string> =>
	signCheckpoint({ origin, size, root: root(edgeOf(size, of)) }, signer);

let folder: string;
let witness: Witness;
const said: string[] = [];
const start = (tls: Parameters<typeof serveWitness>[0]['tls'] = null) =>
	serveWitness({
		...{ folder, sealFile: null, host: '127.0.0.1', port: 0, tls },
		...{ clock: { now: () => Date.now() }, say: (text: string) => void said.push(text) },
	});
before(async () => {
	folder = join(await mkdtemp(join(tmpdir(), 'kw-')), 'witness');
	await makeWitness(folder, 'witness.example/w1', null);
	await trustLogs(folder, [noteVerifierKey({ name: ORIGIN, publicKey: log.publicKey })]);
	witness = await start();
});
after(async () => {
	await witness.stop();
	await rm(join(folder, '..'), { recursive: true });
});

const post = async (body: string, path = '/add-checkpoint', method = 'POST') => {
	const sent = request(`${witness.url}${path}`, { method, agent: false });
	sent.end(method === 'POST' ? body : undefined);
	const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
		sent.once('response', resolve).once('error', reject),
	);
	let text = '';
	for await (const part of response.setEncoding('utf8')) text += part;
	return { status: response.statusCode, text, type: response.headers['content-type'] };
};
const add = (old: number, note: string, proof: readonly Uint8Array[]) => post(addCheckpointBody({ old, proof, note }));
const conflict = (size: number) => ({ status: 409, text: `${size}\n`, type: 'text/x.tlog.size' });

test('cosigns what continues what it cosigned, and nothing else', async () => {
	const key = readVerifierKey(witness.verifierKey, signatureType.cosignature);
	const first = await noteOf(5);
	const { status, text } = await add(0, first, []);
	assert.equal(status, 200);
	const [cosignature] = cosignaturesOn(`${first}${text}`, [key]);
	assert.ok(cosignature && Math.abs(cosignature.at - Date.now()) < 600_000);

	assert.equal((await add(0, await noteOf(5, leaves, log, 'keyward/other'), [])).status, 404);
	assert.equal((await add(5, await noteOf(9, leaves, makeSigner()), proofOf(5, 9))).status, 403);
	assert.equal((await add(5, await noteOf(4), [])).status, 400);
	assert.equal((await post('old 5\n\nnothing\n')).status, 400);
	assert.equal((await post('x'.repeat(70_000))).status, 413);
	assert.equal((await post('', '/')).status, 404);
	assert.equal((await post('', '/add-checkpoint', 'GET')).status, 405);
	assert.deepEqual(await add(0, await noteOf(9), []), conflict(5));
	assert.deepEqual(await add(4, await noteOf(9), proofOf(4, 9)), conflict(5));
	assert.equal((await add(5, await noteOf(9), proofOf(5, 8))).status, 422);
	// Another history from leaf 3 on, signed by the same key: as long, and longer.
	const other = leaves.with(3, leafHash(Uint8Array.of(99)));
	assert.deepEqual(await add(5, await noteOf(5, other), []), conflict(5));
	assert.equal((await add(5, await noteOf(9, other), proofOf(5, 9, other))).status, 422);
	const [kept = ''] = await readdir(join(folder, 'accused'));
	assert.equal(await readFile(join(folder, 'accused', kept), 'utf8'), `${first}\n${await noteOf(5, other)}`);
	assert.match(said.join('\n'), /two trees of 5 leaves/);
	// The same once more tells a new time; then on.
	assert.equal((await add(5, first, [])).status, 200);
	assert.equal((await add(5, await noteOf(9), proofOf(5, 9))).status, 200);
});

test('what it cosigned holds after a restart, and for two who ask at once', async () => {
	await witness.stop();
	witness = await start();
	await assert.rejects(start(), { code: 'store-in-use' });
	assert.deepEqual(await add(5, await noteOf(20), proofOf(5, 20)), conflict(9));
	const [one, two] = await Promise.all([
		add(9, await noteOf(12), proofOf(9, 12)),
		add(9, await noteOf(20), proofOf(9, 20)),
	]);
	assert.deepEqual(new Set([one.status, two.status]), new Set([200, 409]));
	const last = one.status === 200 ? 12 : 20;
	assert.deepEqual(await add(0, await noteOf(20), []), conflict(last));
});

test('a folder that holds no witness, or holds one already, is refused with what to do', async () => {
	await assert.rejects(makeWitness(folder, 'w2', null), { code: 'key-file' });
	await assert.rejects(makeWitness(`${folder}-2`, 'a b', null), { code: 'key-form' });
	await assert.rejects(trustLogs(`${folder}-2`, []), { code: 'site-configuration' });
	await assert.rejects(trustLogs(folder, [witness.verifierKey]), { code: 'key-form' });
});

test('over TLS it takes what the service takes, and no group that costs ten times as much', async () => {
	const ca = new TestCa('witness');
	const { cert, key } = ca.issue('witness', 'serverAuth');
	await witness.stop();
	witness = await start({ cert, key });
	const protocolWith = async (ecdhCurve: string): Promise<string | null> => {
		const { hostname: host, port } = new URL(witness.url);
		const socket = connect({ host, port: Number(port), ecdhCurve, rejectUnauthorized: false });
		const outcome = await Promise.race([
			new Promise<null>((resolve) => socket.once('error', () => resolve(null))),
			new Promise<string | null>((resolve) => socket.once('secureConnect', () => resolve(socket.getProtocol()))),
		]);
		socket.destroy();
		return outcome;
	};
	assert.deepEqual([await protocolWith('X25519'), await protocolWith('P-521')], ['TLSv1.3', null]);
	await witness.stop();
	witness = await start();
	ca[Symbol.dispose]();
});
