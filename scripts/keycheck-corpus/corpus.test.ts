import assert from 'node:assert/strict';
import { createPublicKey, hash, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import type { Material } from '@keyward/core/keycheck';
import { scan } from '@keyward/scan';
import { captures } from './captures.ts';
import { documents } from './documents.ts';
import { settings } from './settings.ts';
import { type Container, fillTree, listOf, makeSecrets, Missing, withKit } from './kit.ts';
import { streams } from './streams.ts';
import { trees } from './trees.ts';

// One key and one list in every container that there is a program for: found, or said not to be read; never passed over.

/** Ways in which each container is damaged. */
const ROUNDS = process.env['KEYWARD_SWEEP'] === 'all' ? 4 : 2;

const folder = mkdtempSync(join(tmpdir(), 'keyward-corpus-test-'));
after(() => rmSync(folder, { recursive: true }));
const secrets = makeSecrets();
const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
const key = sha256(createPublicKey(secrets.key).export({ format: 'der', type: 'spki' }));

type What = 'key' | 'list' | 'psk' | 'phrase';
type Verdict = 'found' | 'said' | 'silent';

const isKey = (material: Material): boolean =>
	// The key that gpg makes is its own.
	material.kind === 'key' && (sha256(material.spki) === key || material.at.label.includes('(OpenPGP)'));
const isSecret = (material: Material, secret: Uint8Array): boolean =>
	material.kind === 'psk' && Buffer.from(material.secret).includes(Buffer.from(secret));

const look = async (bytes: Uint8Array, what: What): Promise<Verdict> => {
	const file = join(folder, 'container');
	writeFileSync(file, bytes);
	let isFound = false;
	let problems = 0;
	await scan([file], {
		onMaterial: (material) =>
			(isFound ||=
				what === 'key'
					? isKey(material)
					: isSecret(material, what === 'phrase' ? Buffer.from(secrets.phrase) : secrets.psk)),
		onProblem: () => problems++,
	});
	return isFound ? 'found' : problems > 0 ? 'said' : 'silent';
};

/** What became of the key and of the list in one container. Throws {@link Missing}. */
const verdictsOf = async (container: Container): Promise<readonly Verdict[]> => {
	const made = (make: Parameters<typeof withKit<Uint8Array>>[1]): Uint8Array => withKit(secrets, make);
	if ('made' in container) return [await look(made(container.made), container.holds)];
	if ('stream' in container) {
		const { stream } = container;
		return [
			await look(
				made((kit) => stream(Buffer.from(secrets.pem), kit)),
				'key',
			),
			await look(
				made((kit) => stream(Buffer.from(listOf(secrets)), kit)),
				'list',
			),
		];
	}
	const bytes = made((kit) => (fillTree(kit), container.tree(kit)));
	return [await look(bytes, 'key'), await look(bytes, 'list')];
};

/** Does it; a container whose program is not installed is a test that is skipped by the name of the package. */
const unlessMissing = async (t: TestContext, name: string, act: () => Promise<void>): Promise<void> => {
	try {
		await act();
	} catch (error) {
		if (!(error instanceof Missing)) throw error;
		await t.test(name, { skip: error.message });
	}
};

/** Those of which it is said that they are not read. */
const said: ReadonlySet<string> = new Set(['zip, Deflate64']);

for (const [group, containers] of Object.entries({ streams, trees, documents, captures }))
	test(`${group}: found in each, or said`, async (t) => {
		for (const container of containers)
			await unlessMissing(t, container.name, async () => {
				const wanted = said.has(container.name) ? 'said' : 'found';
				assert.deepEqual(new Set(await verdictsOf(container)), new Set([wanted]), container.name);
			});
	});

test('settings and lists: found in each', async (t) => {
	for (const { name, holds, make } of settings)
		await unlessMissing(t, name, async () => {
			const made = withKit(secrets, make);
			assert.equal(await look(typeof made === 'string' ? Buffer.from(made) : made, holds), 'found', name);
		});
});

/** The bytes of a container. Throws {@link Missing}. */
const bytesOf = (container: Container): Uint8Array =>
	withKit(secrets, (kit) => {
		if ('made' in container) return container.made(kit);
		if ('stream' in container) return container.stream(Buffer.from(listOf(secrets).repeat(20)), kit);
		fillTree(kit);
		return container.tree(kit);
	});

/** Lets a scan read the bytes, damaged in this many ways; where one throws, says how it was damaged. */
const scanDamaged = async (name: string, whole: Uint8Array): Promise<void> => {
	const file = join(folder, 'damaged');
	for (let round = 0; round < ROUNDS; round++) {
		const bytes = Buffer.from(round === 0 ? whole.subarray(0, Math.floor(whole.length * 0.6)) : whole);
		// Headers lie at the start, tables at the start or the end.
		for (let flips = 0; round > 0 && flips < 8 * round; flips++) {
			const at = randomInt(Math.min(bytes.length, round === 1 ? bytes.length : 4096));
			bytes[flips % 2 === 0 ? at : bytes.length - 1 - at] = randomInt(256);
		}
		writeFileSync(file, bytes);
		await assert.doesNotReject(
			scan([file], { onMaterial: () => undefined, onProblem: () => undefined }),
			`${name}, round ${round}: ${bytes.subarray(0, 64).toString('hex')}`,
		);
	}
};

test('whatever is wrong in a container, the scan ends with what it found and throws nothing', async (t) => {
	for (const container of [...streams, ...trees, ...documents, ...captures])
		await unlessMissing(t, container.name, async () => scanDamaged(container.name, bytesOf(container)));
});
