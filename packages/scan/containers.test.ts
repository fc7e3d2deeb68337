import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { captures } from '../../scripts/keycheck-corpus/captures.ts';
import { documents } from '../../scripts/keycheck-corpus/documents.ts';
import { type Container, fillTree, listOf, makeSecrets, Missing, withKit } from '../../scripts/keycheck-corpus/kit.ts';
import { streams } from '../../scripts/keycheck-corpus/streams.ts';
import { trees } from '../../scripts/keycheck-corpus/trees.ts';
import { folderForTests, found, thumbprint } from './scan.fixture.ts';

// One key and one list in every container that there is a program for: found, or said not to be read; never passed over.

const { write } = folderForTests();
const secrets = makeSecrets();
const key = thumbprint(createPublicKey(secrets.key).export({ format: 'der', type: 'spki' }));

type Verdict = 'found' | 'said' | 'silent';

const look = async (bytes: Uint8Array, what: 'key' | 'list'): Promise<Verdict> => {
	const { keys, psks, problems } = await found(write('container', bytes));
	const isFound =
		what === 'key'
			? keys.some(({ spki, at }) => thumbprint(spki) === key || at.label.includes('(OpenPGP)'))
			: psks.some(({ secret }) => Buffer.from(secret).includes(secrets.psk));
	return isFound ? 'found' : problems.length > 0 ? 'said' : 'silent';
};

/** What became of the key and of the list in one container; null without the program that makes it. */
const verdictsOf = async (container: Container): Promise<readonly Verdict[] | null> => {
	const made = (make: Parameters<typeof withKit<Uint8Array>>[1]): Uint8Array => withKit(secrets, make);
	try {
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
	} catch (error) {
		if (error instanceof Missing) return null;
		throw error;
	}
};

/** Those of which it is said that they are not read. */
const said: ReadonlySet<string> = new Set(['zip, Deflate64']);

for (const [group, containers] of Object.entries({ streams, trees, documents, captures }))
	test(`${group}: found in each, or said`, async (t) => {
		let made = 0;
		for (const container of containers) {
			const verdicts = await verdictsOf(container);
			if (verdicts === null) {
				t.diagnostic(`${container.name}: the program that makes it is not installed`);
				continue;
			}
			made++;
			const wanted = said.has(container.name) ? 'said' : 'found';
			assert.deepEqual(new Set(verdicts), new Set([wanted]), container.name);
		}
		assert.ok(made > 3);
	});
