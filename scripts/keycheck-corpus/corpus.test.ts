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
import { type Container, fillTree, type Kit, listOf, makeSecrets, Missing, withKit } from './kit.ts';
import { streams } from './streams.ts';
import { trees } from './trees.ts';

// One key and one list in every container that there is a program for: found, or said not to be read; never passed over.

/** Ways in which each container is damaged; of `npm test` one, another for the next container. */
const WAYS = process.env['KEYWARD_SWEEP'] === 'all' ? [0, 1, 2, 3] : null;

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

/** What became of each of these in one scan of the bytes. */
const look = async (bytes: Uint8Array, ...sought: readonly What[]): Promise<readonly Verdict[]> => {
	const file = join(folder, 'container');
	writeFileSync(file, bytes);
	const found = new Set<What>();
	let problems = 0;
	await scan([file], {
		onMaterial(material) {
			for (const what of sought)
				if (
					what === 'key'
						? isKey(material)
						: isSecret(material, what === 'phrase' ? Buffer.from(secrets.phrase) : secrets.psk)
				)
					found.add(what);
		},
		onProblem: () => problems++,
	});
	return sought.map((what) => (found.has(what) ? 'found' : problems > 0 ? 'said' : 'silent'));
};

/** The last bytes made of each container: the damaged ones below need no program again. */
const made = new Map<Container, Uint8Array>();
/** Throws {@link Missing}. */
const make = (container: Container, how: (kit: Kit) => Uint8Array): Uint8Array => {
	const bytes = withKit(secrets, how);
	made.set(container, bytes);
	return bytes;
};

/** What became of the key and of the list in one container. Throws {@link Missing}. */
const verdictsOf = async (container: Container): Promise<readonly Verdict[]> => {
	if ('made' in container) return look(make(container, container.made), container.holds);
	if ('tree' in container)
		return look(
			make(container, (kit) => (fillTree(kit), container.tree(kit))),
			'key',
			'list',
		);
	const { stream } = container;
	const found = async (text: string, what: What): Promise<readonly Verdict[]> =>
		look(
			withKit(secrets, (kit) => stream(Buffer.from(text), kit)),
			what,
		);
	const verdicts = [...(await found(secrets.pem, 'key')), ...(await found(listOf(secrets), 'list'))];
	make(container, (kit) => stream(Buffer.from(listOf(secrets).repeat(20)), kit));
	return verdicts;
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
			const bytes = withKit(secrets, make);
			assert.deepEqual(await look(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, holds), ['found'], name);
		});
});

/** Lets a scan read the bytes, damaged in each of these ways; where one throws, says how it was damaged. */
const scanDamaged = async (name: string, whole: Uint8Array, ways: readonly number[]): Promise<void> => {
	const file = join(folder, 'damaged');
	for (const round of ways) {
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

test('whatever is wrong in a container, the scan ends with what it found and throws nothing', async () => {
	assert.ok(made.size > 3);
	let count = 0;
	for (const [{ name }, bytes] of made) await scanDamaged(name, bytes, WAYS ?? [count++ % 2]);
});
