import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredBill, StoredDocument } from '@keyward/core/port';
import { type OpenStore, withStore } from './suite-place.ts';

const document: StoredDocument = {
	...{ format: 'csaf', publisher: 'https://acme.example', id: 'ACME-1', updated: 20, imported: 5 },
	...{ byHand: false, file: 'f1', text: '{"a":1}' },
};

const bill: StoredBill = {
	...{ application: 'hall', class: 'gamma', version: '1.2.0', file: 'f', at: 7, components: 3, unidentified: 1 },
	text: '{}',
};

/** Advisories, bills of materials, and what devices run. */
export const updateSuite = (name: string, open: OpenStore): void => {
	test(`${name}: a later document replaces the one of its name, an older one never`, () =>
		withStore(open, async (store) => {
			assert.equal(await store.putDocument(document), 'new');
			assert.equal(await store.putDocument({ ...document, imported: 9 }), 'known');
			assert.equal(await store.putDocument({ ...document, updated: 19, file: 'f0', text: '{}' }), 'older');
			assert.deepEqual(await store.documents(), [document]);
			const later = { ...document, updated: 21, imported: 9, file: 'f2', text: '{"a":2}' };
			assert.equal(await store.putDocument(later), 'replaced');
			assert.deepEqual(await store.documents(), [{ ...later, imported: 5 }], 'the clock goes on from the first import');
			const other = { ...document, publisher: 'https://b.example' };
			assert.equal(await store.putDocument(other), 'new', "another publisher's of the same id");
			assert.equal(await store.putDocument({ ...document, format: 'osv', publisher: '' }), 'new');
			assert.equal((await store.documents()).length, 3);
		}));

	test(`${name}: what an operator gave is replaced by an operator alone`, () =>
		withStore(open, async (store) => {
			await store.putDocument(document);
			assert.equal(await store.putDocument({ ...document, byHand: true }), 'replaced', 'the same file, vouched for');
			const later = { ...document, updated: 30, file: 'f3' };
			assert.equal(await store.putDocument(later), 'by-hand');
			assert.equal(await store.putDocument({ ...later, byHand: true, updated: 10, file: 'f4' }), 'older');
			assert.equal(await store.putDocument({ ...later, byHand: true }), 'replaced');
			assert.deepEqual(await store.documents(), [{ ...later, byHand: true }]);
		}));

	test(`${name}: a version has one bill, the last; a device runs what it said last`, () =>
		withStore(open, async (store) => {
			await store.putBill(bill);
			await store.putBill({ ...bill, version: '1.3.0' });
			await store.putBill({ ...bill, file: 'g', text: '[]' });
			assert.deepEqual(await store.bills(), [
				{ ...bill, file: 'g', text: '[]' },
				{ ...bill, version: '1.3.0' },
			]);
			const reference = { application: 'hall', class: 'gamma', version: '1.2.0', at: 3, text: '{}' };
			await store.putBootReference(reference);
			await store.putBootReference({ ...reference, class: 'beta' });
			await store.putBootReference({ ...reference, at: 4, text: '[]' });
			assert.deepEqual(await store.bootReferences('hall', 'gamma'), [{ ...reference, at: 4, text: '[]' }]);
			assert.equal((await store.bootReferences('hall')).length, 2);
			assert.deepEqual(await store.bootReferences('yard'), []);
			const floor = { part: 'ek:1', application: 'hall', device: 'gamma-1', floor: 2, origin: 2n ** 63n, at: 4 };
			assert.equal(await store.countedFloor('ek:1'), null);
			await store.putCountedFloor({ ...floor, floor: 1, at: 3 });
			await store.putCountedFloor(floor);
			await store.putCountedFloor({ ...floor, part: 'ek:2', application: 'yard' });
			assert.deepEqual(await store.countedFloor('ek:1'), floor);
			assert.deepEqual(await store.countedFloors({ kind: 'device', application: 'hall', id: 'gamma-1' }), [floor]);
			await store.forgetCountedFloor('ek:1');
			assert.equal(await store.countedFloor('ek:1'), null);
			const said = { application: 'hall', device: 'gamma-1', version: '1.2.0', agent: null, at: 5 };
			const other = { ...said, application: 'yard', version: null, agent: '0.1.0' };
			await store.putSoftware([said, other]);
			await store.putSoftware([{ ...said, version: '1.3.0', at: 9 }]);
			assert.deepEqual(await store.software('hall'), [{ ...said, version: '1.3.0', at: 9 }]);
			assert.equal((await store.software()).length, 2);
		}));
};
