import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { Problem } from '@keyward/core';
import { allHeard } from './all-heard.ts';
import { type Channel, type Handlers, openChannel } from './channel.ts';

const pair = (t: TestContext, handlers: Handlers): { asker: Channel; bugs: unknown[] } => {
	const { port1, port2 } = new MessageChannel();
	const bugs: unknown[] = [];
	openChannel(port2, handlers, (error) => bugs.push(error));
	t.after(() => port1.close());
	return { asker: openChannel(port1, {}, (error) => bugs.push(error)), bugs };
};

test('each question gets its own answer, in whatever order they come', async (t) => {
	const { asker } = pair(t, {
		slow: (wait: number) => new Promise((resolve) => setTimeout(resolve, wait, wait)),
		now: (body: string) => `${body}!`,
	});
	assert.deepEqual(await Promise.all([asker.ask('slow', 30), asker.ask('slow', 1), asker.ask('now', 'a')]), [
		30,
		1,
		'a!',
	]);
});

test('a Problem arrives as a Problem; a bug arrives as an error and is reported', async (t) => {
	const { asker, bugs } = pair(t, {
		problem: () => {
			throw new Problem('not-granted', 'no');
		},
		bug: async () => {
			throw new TypeError('broken');
		},
	});
	await assert.rejects(
		asker.ask('problem', null),
		(error) => error instanceof Problem && error.code === 'not-granted' && error.detail === 'no',
	);
	assert.deepEqual(bugs, []);
	await assert.rejects(
		asker.ask('bug', null),
		(error) => !(error instanceof Problem) && error instanceof Error && error.message === 'broken',
	);
	assert.equal(bugs.length, 1);
});

test('a topic that nobody handles, and an answer that cannot be sent, are bugs and not silence', async (t) => {
	const { asker, bugs } = pair(t, { uncloneable: () => () => 1 });
	await assert.rejects(asker.ask('nothing', null), /no handler for nothing/);
	await assert.rejects(asker.ask('uncloneable', null), Error);
	assert.equal(bugs.length, 2);
});

test('news is taken in order and never answered; a failure in it is reported', async (t) => {
	const heard: unknown[] = [];
	const { asker, bugs } = pair(t, {
		news: (body: number) => {
			heard.push(body);
			if (body === 2) throw new Problem('internal', 'passed over');
			if (body === 3) throw new Error('broken');
		},
		ask: () => 'after',
	});
	for (const one of [1, 2, 3, 4]) asker.tell('news', one);
	assert.equal(await asker.ask('ask', null), 'after');
	assert.deepEqual(heard, [1, 2, 3, 4]);
	assert.equal(bugs.length, 1);
});

test('what is said until it is sent goes in one message, in its order; what is moved goes behind it, and what cannot be cloned keeps nothing back', async (t) => {
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const [heard, bugs]: [unknown[], unknown[]] = [[], []];
	let messages = 0;
	port2.on('message', () => messages++);
	openChannel(port2, { news: (body) => heard.push(body), ask: (body: unknown) => body }, (error) => bugs.push(error));
	let send = (): void => {};
	const asker = openChannel(port1, {}, (error) => bugs.push(error), { soon: (later) => (send = later) });
	const first = [asker.ask('ask', 'a'), asker.ask('ask', 'b')];
	asker.tell('news', 1);
	send();
	assert.deepEqual(await Promise.all(first), ['a', 'b']);
	assert.equal(messages, 1);
	asker.tell('news', 2);
	const bytes = new Uint8Array(8);
	assert.deepEqual(await asker.ask('ask', bytes, [bytes.buffer]), new Uint8Array(8));
	assert.equal(messages, 3, 'sent without being told to');
	send();
	asker.tell('news', 3);
	asker.tell('news', () => 4);
	const uncloneable = asker.ask('ask', () => 5);
	const last = asker.ask('ask', 'c');
	send();
	await assert.rejects(uncloneable, /could not be cloned/);
	assert.equal(await last, 'c');
	assert.deepEqual(heard, [1, 2, 3]);
	assert.equal(bugs.length, 1);
});

test('of messages that came together, who waited for an answer has gone on before what was said behind it is taken', async (t) => {
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const order: string[] = [];
	const taken = Promise.withResolvers<void>();
	const news = (body: string): void => {
		order.push(body);
		if (body === 'last') taken.resolve();
	};
	let send = (): void => {};
	const asker = openChannel(port1, { news }, assert.ifError);
	const ask = (): string => {
		// With what the handler gives in one message.
		queueMicrotask(() => queueMicrotask(() => setImmediate(() => (answerer.tell('news', 'behind'), send()))));
		return 'answer';
	};
	const answerer = openChannel(port2, { ask }, assert.ifError, { soon: (later) => (send = later) });
	const asked = asker.ask('ask', null).then(async () => {
		for (let hops = 0; hops < 5; hops++) await Promise.resolve();
		order.push('asked');
		answerer.tell('news', 'last');
		send();
	});
	await Promise.all([asked, taken.promise]);
	assert.deepEqual(order, ['asked', 'behind', 'last']);
});

test('what is transferred is moved, not copied', async (t) => {
	const { asker } = pair(t, { bytes: ({ bytes }: { bytes: Uint8Array }) => bytes.length });
	const bytes = new Uint8Array(1000);
	assert.equal(await asker.ask('bytes', { bytes }, [bytes.buffer]), 1000);
	assert.equal(bytes.length, 0);
});

test('a lane takes few questions at a time; one more fails at once, and other lanes go on', async (t) => {
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const gate = Promise.withResolvers<string>();
	const bugs: unknown[] = [];
	let heard = 0;
	openChannel(port2, { slow: () => (heard++, gate.promise), now: () => 'now' }, (error) => bugs.push(error));
	const asker = openChannel(port1, {}, (error) => bugs.push(error), { outstanding: { strangers: 2 } });
	const ask = (): Promise<unknown> => asker.ask('slow', null, [], 'strangers');
	const waiting = [ask(), ask()];
	for (let count = 0; count < 1000; count++)
		await assert.rejects(ask(), (error) => error instanceof Problem && error.code === 'service-busy');
	assert.equal(await asker.ask('now', null), 'now');
	gate.resolve('done');
	assert.deepEqual(await Promise.all(waiting), ['done', 'done']);
	assert.equal(heard, 2, 'the other thread never heard of the rest');
	assert.equal(await ask(), 'done', 'and the lane is free again');
	assert.deepEqual(bugs, []);
});

test('what a thread is asked fails when it ends, and after it', async () => {
	const worker = new Worker("require('node:worker_threads').parentPort.once('message', () => process.exit())", {
		eval: true,
	});
	const asker = openChannel(worker, {}, (error) => assert.fail(String(error)), { outstanding: { strangers: 1 } });
	const busy = (error: unknown): boolean => error instanceof Problem && error.code === 'service-busy';
	const asked = [asker.ask('one', null), asker.ask('two', null, [], 'strangers')];
	for (const answer of asked) await assert.rejects(answer, busy);
	await assert.rejects(asker.ask('three', null), busy);
});

test('who waits until all threads have heard does not wait for one that has ended; what one that lives throws is thrown', async (t) => {
	const worker = new Worker("require('node:worker_threads').parentPort.once('message', () => process.exit())", {
		eval: true,
	});
	const ends = openChannel(worker, {}, (error) => assert.fail(String(error)));
	const { asker: lives } = pair(t, { heard: () => true });
	await allHeard([ends, lives]);
	assert.equal(ends.over(), true);
	await allHeard([ends, lives]);
	const { asker: fails } = pair(t, {
		heard: () => {
			throw new Problem('internal', 'not heard');
		},
	});
	await assert.rejects(allHeard([lives, fails]), (error) => error instanceof Problem && error.detail === 'not heard');
	assert.equal(fails.over(), false);
});
