import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import type { AttestationTrust } from '@keyward/core/attest';
import { parseCommissioning } from '@keyward/core/enrol';
import { buildCsr, encodePem } from '@keyward/core/format';
import { parsePolicy } from '@keyward/core/policy';
import type { Signer } from '@keyward/core/port';
import { makeEphemeralKey } from '@keyward/custody';
import { createManifests } from '../manifests/manifests.ts';
import { readSite, readTrust } from '../site/index.ts';
import { makePartManufacturer, type PartManufacturer } from '@keyward/testing/service/part-manufacturer';
import { base64, connect, type Connection, csrOf, type Reply } from './attestation.fixture.ts';
import { openEst } from './est.fixture.ts';

const uniqueId = '0123f1822c38dd7a01';

const policy = (authenticity: number) =>
	parsePolicy(`
application: hall
level: { authenticity: ${authenticity}, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 1, resistance: 1 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [pkcs11], streams: [dose-rate] }
`);

/** Trust as a site file says it, and the manifest of a box. */
const trustIn = async (
	manufacturer: PartManufacturer,
	manifest: readonly object[],
	revoked: readonly string[] = [],
) => {
	const folder = temporaryFolder('keyward-manufacturer-');
	await writeFile(join(folder, 'root.pem'), encodePem('CERTIFICATE', manufacturer.root));
	await writeFile(join(folder, 'signer.der'), manufacturer.signer);
	const box = join(folder, 'box.json');
	await writeFile(box, JSON.stringify(manifest));
	const files = `{ name: mill, anchors: [root.pem], manifest-signers: [signer.der], revoked: [${revoked.join(', ')}] }`;
	const read = readSite(`manufacturers: [${files}]\n`, folder);
	assert.ok('site' in read, JSON.stringify(read));
	return { trust: await readTrust(read.site), box };
};

const open = async (
	t: TestContext,
	{ trust, box }: { readonly trust: AttestationTrust; readonly box: string },
	authenticity = 3,
) => {
	const site = await openEst(t, { trust });
	const manifests = createManifests(site.store, { ...trust, revoked: new Set() }, site.clock);
	await manifests.take('mill', box);
	site.site.policy = policy(authenticity);
	const begin = async (id: string, part: string) => {
		const { commissioning } = await site.registrar.expectDevice('hall', id, undefined, part);
		return connect(t, site, parseCommissioning(commissioning).token);
	};
	const evidence = async (id: string) => {
		const [newest] = (await site.store.certificates({ kind: 'device', application: 'hall', id })).slice(-1);
		assert((newest?.evidence.path ?? []).length > 0);
		return { ...newest?.evidence, path: [] };
	};
	return { ...site, begin, evidence };
};

/** Made for this connection. */
const boundCsr = async (signer: Signer, { exporter }: Connection): Promise<string> =>
	base64(await buildCsr({ subject: [], challengePassword: base64(exporter) }, signer));

const isRefused = ({ status, code, text }: Reply, expected: string): void =>
	assert.deepEqual([code, status], [expected, 403], text);

test('a part of a manifest is endorsed by the key that its request is for, with nothing else to show', async (t) => {
	const manufacturer = await makePartManufacturer();
	const key = makeEphemeralKey();
	const { begin, evidence, site } = await open(
		t,
		await trustIn(manufacturer, [await manufacturer.list(uniqueId, key.publicKey)]),
	);
	const connection = await begin('probe-1', `serial:${uniqueId}`);
	isRefused(await connection.post('simpleenroll', await csrOf(makeEphemeralKey())), 'evidence-missing');
	const other = await begin('probe-2', 'serial:0000');
	isRefused(await other.post('simpleenroll', await csrOf(key)), 'part-unexpected');
	const enrolled = await connection.post('simpleenroll', await csrOf(key));
	assert.equal(enrolled.status, 200, enrolled.text);
	const part = `serial:${uniqueId}`;
	assert.deepEqual(await evidence('probe-1'), {
		...{ custody: 'pkcs11', proof: 'endorsed', part, manufacturer: 'mill', emulated: false, path: [] },
	});
	// Endorsed is not attested.
	site.policy = policy(4);
	isRefused(await connection.post('simpleenroll', await csrOf(key)), 'custody-too-weak');
});

test('a part that shows the certificate of its manufacturer for the very key of the request', async (t) => {
	const [manufacturer, stranger] = [await makePartManufacturer(), await makePartManufacturer()];
	const { begin, evidence } = await open(
		t,
		await trustIn(manufacturer, [await manufacturer.list('0000', makeEphemeralKey().publicKey)]),
	);
	const key = makeEphemeralKey();
	const connection = await begin('probe-1', 'serial:0042');
	const show = (...chain: readonly Uint8Array[]) => connection.post('endorsement', { certificates: chain.map(base64) });
	isRefused(await show(await stranger.identify('0042', key.publicKey)), 'endorsement-untrusted');
	isRefused(await show(await manufacturer.identify('0043', key.publicKey)), 'part-unexpected');
	isRefused(await show(manufacturer.root), 'endorsement-chain');
	isRefused(await show(), 'endorsement-chain');
	const own = await manufacturer.identify('0042', key.publicKey);
	assert.equal((await show(own)).status, 204);
	isRefused(await connection.post('simpleenroll', await boundCsr(makeEphemeralKey(), connection)), 'key-not-attested');
	isRefused(await connection.post('simpleenroll', await boundCsr(key, connection)), 'evidence-missing');
	assert.equal((await show(own)).status, 204);
	isRefused(await connection.post('simpleenroll', await csrOf(key)), 'evidence-stale');
	assert.equal((await show(own, manufacturer.root)).status, 204);
	const enrolled = await connection.post('simpleenroll', await boundCsr(key, connection));
	assert.equal(enrolled.status, 200, enrolled.text);
	assert.deepEqual(await evidence('probe-1'), {
		...{ custody: 'pkcs11', proof: 'endorsed', part: 'serial:0042', manufacturer: 'mill', emulated: false, path: [] },
	});
});

test("numbers are a manufacturer's own: the same number by another manufacturer is another part", async (t) => {
	const [manufacturer, second] = [await makePartManufacturer(), await makePartManufacturer()];
	const { trust, box } = await trustIn(manufacturer, [await manufacturer.list('0042', makeEphemeralKey().publicKey)]);
	const manufacturers = [...trust.manufacturers, { name: 'second', anchors: [second.root], emulated: true }];
	const { begin } = await open(t, { trust: { ...trust, manufacturers }, box });
	const connection = await begin('probe-1', 'serial:0042');
	const chain = [await second.identify('0042', makeEphemeralKey().publicKey)].map(base64);
	isRefused(await connection.post('endorsement', { certificates: chain }), 'part-unexpected');
});

test('a part that was taken back stays out, at every level, and so does a part whose manifest was signed by who was taken back', async (t) => {
	const manufacturer = await makePartManufacturer();
	const key = makeEphemeralKey();
	const manifest = [await manufacturer.list(uniqueId, key.publicKey)];
	for (const revoked of [`serial:${uniqueId}`, hash('sha256', manufacturer.signer)]) {
		const { begin } = await open(t, await trustIn(manufacturer, manifest, [revoked]), 1);
		const connection = await begin('probe-1', `serial:${uniqueId}`);
		isRefused(await connection.post('simpleenroll', await csrOf(key)), 'endorsement-revoked');
	}
});
