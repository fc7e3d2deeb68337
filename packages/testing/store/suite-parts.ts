import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceStatement } from '@keyward/core/device';
import type { MadeKey, ManifestOrigin } from '@keyward/core/port';
import { type OpenStore, rejects, withStore } from './suite-place.ts';

const key = (number: number, slot = '0'): MadeKey => ({ key: new Uint8Array(32).fill(number), slot });

const origin: ManifestOrigin = { file: 'f1', manufacturer: 'mill', signer: 'aa', at: 5 };

/** Parts that manifests name. */
export const partSuite = (name: string, open: OpenStore): void => {
	test(`${name}: a key is found with its part, its manufacturer and who signed for it`, () =>
		withStore(open, async (store) => {
			assert.deepEqual(
				[await store.knownKey(key(1).key), await store.manufacturerOf('serial:1'), await store.manifests()],
				[null, null, []],
			);
			const imported = await store.importParts(origin, [
				{ part: 'serial:1', keys: [key(1), key(2, 'slot 2')] },
				{ part: 'serial:2', keys: [] },
			]);
			assert.deepEqual(imported, { ...origin, parts: 2, keys: 2 });
			assert.deepEqual(await store.manifests(), [imported]);
			assert.deepEqual(await store.knownKey(key(2).key), {
				...key(2, 'slot 2'),
				...{ part: 'serial:1', manufacturer: 'mill', signer: 'aa' },
			});
			assert.deepEqual(
				[
					await store.knownKey(key(3).key),
					await store.manufacturerOf('serial:2'),
					await store.manufacturerOf('serial:3'),
				],
				[null, 'mill', null],
			);
		}));

	test(`${name}: a part that is known gains its new keys, and nothing new is no import`, () =>
		withStore(open, async (store) => {
			const first = await store.importParts(origin, [{ part: 'serial:1', keys: [key(1)] }]);
			const again = { ...origin, file: 'f2', signer: 'bb', at: 6 };
			assert.deepEqual(await store.importParts(again, [{ part: 'serial:1', keys: [key(1)] }]), {
				...again,
				...{ parts: 0, keys: 0 },
			});
			const more = await store.importParts(again, [{ part: 'serial:1', keys: [key(1), key(2)] }]);
			assert.deepEqual([more.parts, more.keys], [0, 1]);
			assert.deepEqual(await store.manifests(), [first, more]);
			// Each key is vouched for by who signed for it first.
			const signers = [await store.knownKey(key(1).key), await store.knownKey(key(2).key)];
			assert.deepEqual(
				signers.map((known) => [known?.part, known?.signer]),
				[
					['serial:1', 'aa'],
					['serial:1', 'bb'],
				],
			);
		}));

	test(`${name}: what contradicts a known part leaves nothing of its import behind`, () =>
		withStore(open, async (store) => {
			const first = await store.importParts(origin, [{ part: 'serial:1', keys: [key(1)] }]);
			const good = { part: 'serial:9', keys: [key(9)] };
			await rejects(store.importParts(origin, [good, { part: 'serial:2', keys: [key(1)] }]), 'part-conflict');
			await rejects(store.importParts(origin, [good, { part: 'serial:8', keys: [key(9)] }]), 'part-conflict');
			const other = { ...origin, manufacturer: 'other' };
			await rejects(store.importParts(other, [good, { part: 'serial:1', keys: [key(3)] }]), 'part-conflict');
			assert.deepEqual(
				[await store.knownKey(key(9).key), await store.manufacturerOf('serial:9'), await store.manifests()],
				[null, null, [first]],
			);
			await store.importParts(other, [good]);
			assert.equal(await store.manufacturerOf('serial:9'), 'other');
		}));

	test(`${name}: of two statements of a device the later one counts, in whatever order they come`, () =>
		withStore(open, async (store) => {
			const certificate = { scheme: 'eucc', number: '1', level: 'AVA_VAN.5', expires: 9 };
			const first = { said: 5, debugPort: 'closed', certificates: [certificate], leakageTest: null } as const;
			const later = { ...first, said: 6, debugPort: 'open', certificates: [] } as const;
			const take = (statement: DeviceStatement, from: Partial<ManifestOrigin> = {}) =>
				store.importParts({ ...origin, ...from }, [{ part: 'serial:1', keys: [key(1)], statement }]);
			assert.equal(await store.statementOf('serial:1'), null);
			await take(first);
			assert.deepEqual(await store.statementOf('serial:1'), { manufacturer: 'mill', signer: 'aa', statement: first });
			await take(later, { signer: 'bb', file: 'f2' });
			await take(first);
			assert.deepEqual(await store.statementOf('serial:1'), { manufacturer: 'mill', signer: 'bb', statement: later });
			// What says something new is an import; what does not is not.
			assert.equal((await store.manifests()).length, 2);
			await rejects(take({ ...later, debugPort: 'closed' }), 'part-conflict');
			// A later manifest without a statement takes nothing back.
			await store.importParts({ ...origin, file: 'f3' }, [{ part: 'serial:1', keys: [key(1), key(2)] }]);
			assert.equal((await store.statementOf('serial:1'))?.statement.debugPort, 'open');
		}));
};
