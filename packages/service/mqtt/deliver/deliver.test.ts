import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { Problem } from '@keyward/core';
import { newConnection, type Rights } from '../connection/connection.ts';
import type { LinkListener } from '../connection/listener.ts';
import { pumpCommands } from './commands.ts';
import { pump } from './deliver.ts';
import { deliveriesOf } from './deliveries.ts';

test('rows that cannot be read are asked for again after a pause, and not without end', async (t) => {
	const socket = new TLSSocket(new PassThrough());
	t.after(() => socket.destroy());
	const load = { busy: 0, resume: () => {} };
	const connection = newConnection(socket, socket, 'any', { fingerprint: 'ab', hello: 'cd' }, load, 0);
	t.after(() => (connection.closed = true));
	connection.rights = { session: 1 } as Rights;
	const stream = { id: 3, application: 'hall', device: 'probe-1', stream: 'state', last: 5 };
	deliveriesOf(connection).follows.set(3, {
		stream,
		qos: 0,
		retainAsPublished: false,
		cursor: 0,
		last: 5,
		again: null,
	});
	deliveriesOf(connection).lagging.add(3);
	const reported: unknown[] = [];
	const again = Promise.withResolvers<void>();
	let asked = 0;
	const listener = {
		page: async () => {
			if (++asked === 2) again.resolve();
			// As an answer of another thread comes.
			await new Promise((resolve) => setImmediate(resolve));
			throw new Problem('store-failed', 'The row is damaged.');
		},
		report: (error: unknown) => reported.push(error),
	} as unknown as LinkListener;
	pump(listener, connection);
	for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
	assert.deepEqual([asked, reported.length], [1, 1]);
	// The pause holds no process.
	const held = setInterval(() => {}, 1_000);
	await again.promise;
	clearInterval(held);
});

test('commands that cannot be had are asked for again after a pause', async (t) => {
	const socket = new TLSSocket(new PassThrough());
	t.after(() => socket.destroy());
	const load = { busy: 0, resume: () => {} };
	const connection = newConnection(socket, socket, 'any', { fingerprint: 'ab', hello: 'cd' }, load, 0);
	t.after(() => (connection.closed = true));
	connection.rights = { session: 1 } as Rights;
	deliveriesOf(connection).commands = { qos: 1, after: 0, waiting: true, asking: false, again: new Map() };
	const again = Promise.withResolvers<void>();
	let asked = 0;
	const listener = {
		commands: async () => {
			// As an answer of another thread comes.
			await new Promise((resolve) => setImmediate(resolve));
			if (++asked === 1) throw new Problem('store-failed', 'The disk is full.');
			again.resolve();
			return [];
		},
		report: () => {},
	} as unknown as LinkListener;
	pumpCommands(listener, connection);
	for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
	assert.equal(asked, 1);
	const held = setInterval(() => {}, 1_000);
	await again.promise;
	clearInterval(held);
});
