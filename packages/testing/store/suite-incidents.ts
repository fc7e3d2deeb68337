import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenStore, withStore } from './suite-place.ts';

export const incidentSuite = (name: string, open: OpenStore): void => {
	test(`${name}: an incident keeps its number, and what became of it is what was put last`, () =>
		withStore(open, async (store) => {
			const incident = { application: 'hall', device: 'probe-1', opened: 5, text: '{"a":1}' };
			const first = await store.addIncident(incident);
			const second = await store.addIncident({ ...incident, device: 'probe-2' });
			assert.equal(second, first + 1);
			await store.putIncident(first, '{"a":2}');
			await assert.rejects(store.putIncident(second + 1, '{}'), { code: 'store-failed' });
			assert.deepEqual(await store.incidents(), [
				{ ...incident, number: first, text: '{"a":2}' },
				{ ...incident, device: 'probe-2', number: second },
			]);
		}));

	test(`${name}: who was asked for a new key is kept until dropped`, () =>
		withStore(open, async (store) => {
			const first = { under: 'incident:1', device: 'a', at: 5 };
			for (const one of [first, { ...first, device: 'b' }, { ...first, under: 'incident:2' }])
				await store.putKeyAsked(one);
			await store.putKeyAsked({ ...first, at: 7 });
			await store.dropKeyAsked('incident:1', 'b');
			const other = { ...first, under: 'incident:2' };
			assert.deepEqual(await store.keysAsked(), [other, { ...first, at: 7 }]);
			await store.dropKeyAsked('incident:1', null);
			assert.deepEqual(await store.keysAsked(), [other]);
		}));

	test(`${name}: networks are kept as they were given last, in that order, and no others`, () =>
		withStore(open, async (store) => {
			assert.deepEqual(await store.networks(), []);
			const first = { network: '192.0.2.1', certificate: 'ab', day: 86_400_000 };
			const other = { network: '2001:db8:0:0', certificate: 'ab', day: 0 };
			await store.keepNetworks([first, other]);
			assert.deepEqual(await store.networks(), [first, other]);
			const later = { ...first, certificate: 'cd', day: 172_800_000 };
			const third = { ...first, network: '192.0.2.3' };
			await store.keepNetworks([third, later]);
			assert.deepEqual(await store.networks(), [third, later]);
		}));

	test(`${name}: a device has the TLS client that it was last seen with`, () =>
		withStore(open, async (store) => {
			const first = { application: 'hall', device: 'a', certificate: 'ab', issued: 5, hello: 'cd', version: null };
			const other = { ...first, device: 'b', version: '1.0' };
			await store.putHandshakes([first, other]);
			await store.putHandshakes([{ ...first, certificate: 'ef', issued: 6, hello: '01', version: '2' }]);
			assert.deepEqual(await store.handshakes(), [
				{ ...first, certificate: 'ef', issued: 6, hello: '01', version: '2' },
				other,
			]);
		}));
};
