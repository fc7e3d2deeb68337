import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeviceNetworks } from './device-networks.ts';

test('a certificate that was revoked makes nothing known: not what it had before, nor anything from then on', () => {
	const networks = createDeviceNetworks();
	assert.ok(networks.came('192.0.2.1', 'thief'));
	assert.ok(networks.came('192.0.2.2', 'honest'));
	networks.revoked(['thief', Infinity]);
	assert.equal(networks.came('192.0.2.3', 'thief'), false);
	assert.deepEqual(
		['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((network) => networks.has(network)),
		[false, true, false],
	);
	assert.deepEqual(networks.news(), [['192.0.2.2', 'honest']]);
	assert.deepEqual(networks.news(), []);
});

test('a thread begins with what is known, and with who counts no more', () => {
	const networks = createDeviceNetworks({ networks: [['192.0.2.1', 'honest']], revoked: [['thief', Infinity]] });
	assert.ok(networks.has('192.0.2.1'));
	assert.equal(networks.came('192.0.2.2', 'thief'), false);
	// Only what is new is told.
	assert.deepEqual(networks.news(), []);
});

test('of the revoked, those that have ended are not remembered for ever', () => {
	let now = 0;
	const networks = createDeviceNetworks({ networks: [], revoked: [] }, () => now);
	for (let count = 0; count < 1000; count++) networks.revoked([`old-${count}`, 10]);
	networks.revoked(['good', 1000]);
	now = 11;
	for (let count = 0; count < 1000; count++) networks.revoked([`new-${count}`, 1000]);
	assert.equal(networks.came('192.0.2.1', 'old-0'), true);
	assert.equal(networks.came('192.0.2.1', 'good'), false);
	assert.equal(networks.came('192.0.2.1', 'new-0'), false);
});
