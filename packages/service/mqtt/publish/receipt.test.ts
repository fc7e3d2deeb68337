import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { receiptTopicOf } from '@keyward/core/device';
import type { LinkListener } from '../connection/listener.ts';
import { newConnection, type Rights } from '../connection/connection.ts';
import { takePublish } from './publish.ts';

test('a receipt behind readings is waited for until it is stored, and nothing overtakes it', async (t) => {
	const socket = new TLSSocket(new PassThrough());
	t.after(() => socket.destroy());
	const load = { busy: 0, resume: () => {} };
	const connection = newConnection(socket, socket, 'any', { fingerprint: 'ab', hello: 'cd' }, load, 0);
	const principal = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
	connection.rights = { session: 1, principal } as Rights;
	connection.undecided = 100;
	const stored = Promise.withResolvers<null>();
	const listener = { receipt: () => stored.promise } as unknown as LinkListener;
	const payload = Buffer.from('receipt');
	const packet = { cmd: 'publish', topic: receiptTopicOf(principal), payload, qos: 0, length: 40 } as const;
	let over = false;
	const waiting = takePublish(listener, connection, {
		...{ ...packet, retain: false, dup: false, messageId: 0 },
		...{ aliased: false, wildcard: false, contentType: null, text: false },
	})?.then(() => (over = true));
	connection.undecided = 0;
	connection.onDecided?.();
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(over, false);
	stored.resolve(null);
	await waiting;
	assert.equal(over, true);
});
