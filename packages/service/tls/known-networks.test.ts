import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnownNetworks } from './known-networks.ts';

const known = (networks: ReturnType<typeof createKnownNetworks>, count: number): number =>
	Array.from({ length: count }, (_, index) => networks.has(`n${index}`)).filter(Boolean).length;

test('one certificate makes the last sixteen networks known where it was, and those of others stay', () => {
	const networks = createKnownNetworks();
	networks.add('n0', 'honest');
	for (let count = 0; count < 100; count++) networks.add(`n${count}`, 'copied');
	assert.equal(known(networks, 100), 17);
	assert.deepEqual([networks.has('n0'), networks.has('n83'), networks.has('n84')], [true, false, true]);
	// It is known by whom it was forgotten again.
	networks.add('n5', 'other');
	assert.equal(networks.has('n5'), true);
});

test('the last networks of all are known, and one that was seen again is among them', () => {
	const networks = createKnownNetworks();
	for (let count = 0; count < 16_384; count++) networks.add(`n${count}`);
	networks.add('n0');
	networks.add('n16384');
	assert.deepEqual([networks.has('n0'), networks.has('n1'), networks.has('n16384')], [true, false, true]);
	networks.forget('n0');
	assert.equal(networks.has('n0'), false);
});

test('what a certificate alone made known is forgotten with it, and what another stands behind stays', () => {
	const networks = createKnownNetworks();
	networks.add('alone', 'old');
	networks.add('renewed', 'old');
	networks.add('renewed', 'new');
	networks.add('shared', 'honest');
	networks.add('shared', 'old');
	networks.forgetBy('old');
	assert.deepEqual(
		['alone', 'renewed', 'shared'].map((name) => networks.has(name)),
		[false, true, true],
	);
	assert.deepEqual(
		[...networks.entries()],
		[
			['renewed', 'new'],
			['shared', 'honest'],
		],
	);
	networks.forgetBy('new');
	networks.forgetBy('honest');
	assert.deepEqual([...networks.entries()], []);
});

test('a network that passes to another certificate counts among the sixteen of that one', () => {
	const networks = createKnownNetworks();
	networks.add('n0', 'old');
	networks.add('n0', 'new');
	for (let count = 1; count <= 16; count++) networks.add(`n${count}`, 'new');
	assert.equal(known(networks, 17), 17);
	networks.forgetBy('old');
	assert.equal(known(networks, 17), 16);
	networks.forgetBy('new');
	assert.equal(known(networks, 17), 0);
});
