import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIdentity, runDevice, type RunEvent } from '@keyward/agent';
import { hours } from '@keyward/core';
import { addSignature, type CommandContent, readReceipt, signCommand } from '@keyward/core/command';
import { makeEphemeralKey } from '@keyward/custody';
import { takeCommands } from '@keyward/testing/service/command-site';
import { startSite } from '@keyward/testing/service/site';
import { openSession } from '@keyward/testing/service/wire';

test('commands that a commander signed, and their receipts', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });

	await t.test(
		'a command that waited for a sleeping device is obeyed once, and its signed receipt comes back',
		async (u) => {
			const [anna, ben] = [makeEphemeralKey(), makeEphemeralKey()];
			const probe = await site.commissionDevice('hall', 'probe-1');
			const { folder, runs } = await takeCommands(probe, { anna, ben });
			let sequence = 0;
			const content = (change: Partial<CommandContent> = {}): CommandContent => ({
				...{ application: 'hall', device: 'probe-1', name: 'count', commander: 'anna', sequence: ++sequence },
				...{ issued: Date.now(), expires: Date.now() + hours(1), ...change },
			});
			const send = (message: Uint8Array) =>
				site.ask('command.send', {
					...{ application: 'hall', device: 'probe-1' },
					...{ payload: Buffer.from(message).toString('base64'), encoding: 'base64' },
				});
			const message = await signCommand(content(), anna);
			const first = await send(message);
			assert.equal(first.state, 'waiting');

			const events: RunEvent[] = [];
			const stop = new AbortController();
			const running = runDevice({
				folder,
				source: {
					live: false,
					async *read(signal) {
						await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
						yield* [];
					},
				},
				clock: { now: () => Date.now() },
				signal: stop.signal,
				report: (event) => events.push(event),
				link: { longestWait: 50, probe: null },
			});
			u.after(async () => {
				stop.abort();
				await running;
			});
			const identity = await openIdentity(folder);
			const key = Buffer.from(identity.streamKey?.publicKey ?? '', 'base64');
			const late = AbortSignal.timeout(120_000);
			const receiptOf = async (id: string): Promise<string> => {
				for (;;) {
					const found = (await site.ask('command.list', { application: 'hall' })).find((one) => one.id === id);
					if (found?.receipt !== null && found?.receipt !== undefined) {
						assert.equal(found.state, 'delivered');
						const { receipt, signed } = readReceipt(Uint8Array.from(Buffer.from(found.receipt, 'base64')), key);
						assert.ok(signed);
						return receipt.code ?? receipt.outcome;
					}
					if (late.aborted) throw new Error(`no receipt: ${JSON.stringify(events)}`);
					await sleep(50);
				}
			};
			assert.equal(await receiptOf(first.id), 'done');
			// The service sends the same once more, while the device listens: the receipt, and nothing is run.
			assert.equal(await receiptOf((await send(message)).id), 'done');
			assert.equal(await runs(), 1);
			const one = await signCommand(content({ name: 'open' }), anna);
			assert.equal(await receiptOf((await send(one)).id), 'command-signers');
			assert.equal(await receiptOf((await send(await addSignature(one, ben))).id), 'done');
			assert.equal(await receiptOf((await send(message)).id), 'command-replayed');
			assert.equal(await receiptOf((await send(new Uint8Array(Buffer.from('open')))).id), 'command-malformed');
			assert.equal(await runs(), 2);
			const { counters } = await site.ask('site.status', {});
			assert.equal(counters['command-done'], 3);
		},
	);

	await t.test('a receipt that its device did not sign, or that is too long, is refused by name', async (u) => {
		const wire = await openSession(u, site, await site.commissionDevice('hall', 'probe-3'));
		const publish = async (topic: string, payload: Buffer): Promise<string> => {
			wire.send({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false, messageId: 1 });
			return (await wire.next('puback')).properties?.reasonString ?? '';
		};
		const { signReceipt } = await import('@keyward/core/command');
		const forged = await signReceipt(
			{
				...{ application: 'hall', device: 'probe-3', command: new Uint8Array(32), outcome: 'done', code: null },
				...{ detail: '', dangerousSigners: 2, at: Date.now() },
			},
			makeEphemeralKey(),
		);
		assert.match(await publish('hall/probe-3/_receipts', Buffer.from(forged)), /^command-signature: /);
		assert.match(await publish('hall/probe-3/_receipts', Buffer.alloc(5000)), /^command-malformed: /);
		assert.match(await publish('hall/probe-3/_receipts', Buffer.from('x')), /^command-malformed: /);
		assert.match(await publish('hall/probe-2/_receipts', Buffer.from(forged)), /^reading-not-own-stream: /);
	});
});
