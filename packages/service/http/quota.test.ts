import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { networkOf, subscriberOf } from './peer-limits.ts';
import { createGate, createQuota } from './quota.ts';

test('a quota is of each peer and of all, and what is given back is free again', () => {
	const quota = createQuota(2, 3);
	const first = quota.take('a');
	assert.ok(first !== null && quota.take('a') !== null);
	assert.equal(quota.take('a'), null);
	assert.ok(quota.take('b') !== null);
	assert.equal(quota.take('c'), null);
	first();
	assert.ok(quota.take('c') !== null);
});

test('a gate lets few of a peer in, has a few wait in turn, and refuses the rest; others pass by', async () => {
	const gate = createGate({ each: 1, all: 2, waitingEach: 1, waitingAll: 10 });
	const done: string[] = [];
	const ends = new Map<string, () => void>();
	const enter = (peer: string, name: string): Promise<void> =>
		gate.during(peer, () => {
			done.push(name);
			return new Promise((resolve) => ends.set(name, resolve));
		});
	const first = enter('a', 'a1');
	const second = enter('a', 'a2');
	await assert.rejects(enter('a', 'a3'), (error) => error instanceof Problem && error.code === 'service-busy');
	const other = enter('b', 'b1');
	await new Promise(setImmediate);
	assert.deepEqual(done, ['a1', 'b1']);
	const third = enter('c', 'c1');
	ends.get('b1')?.();
	await other;
	await new Promise(setImmediate);
	assert.deepEqual(done, ['a1', 'b1', 'c1'], 'the one before it waits for its own peer');
	ends.get('a1')?.();
	await first;
	await new Promise(setImmediate);
	assert.deepEqual(done, ['a1', 'b1', 'c1', 'a2']);
	for (const name of ['a2', 'c1']) ends.get(name)?.();
	await Promise.all([second, third]);
	await assert.rejects(
		gate.during('a', async () => assert.fail('its own')),
		/its own/,
	);
	assert.equal(await gate.during('a', async () => 'free'), 'free');
});

test('an IPv6 /64 is one network and a /48 one subscriber; an IPv4 address is both, however it comes', () => {
	for (const written of ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:192.0.2.1', '::ffff:c000:201', '64:ff9b::192.0.2.1'])
		assert.equal(networkOf(written), '192.0.2.1');
	assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2::9'));
	assert.notEqual(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:3::9'));
	assert.equal(networkOf('::1'), '0:0:0:0');
	assert.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2%eth1'));
	const subscriber = (address?: string): string => subscriberOf(networkOf(address));
	assert.equal(subscriber('2001:db8:1:2::9'), subscriber('2001:db8:1:ffff::1'));
	assert.notEqual(subscriber('2001:db8:1::9'), subscriber('2001:db8:2::9'));
	assert.notEqual(subscriber('192.0.2.1'), subscriber('192.0.2.2'));
	assert.equal(subscriber(undefined), 'local');
});
