import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { joinAs } from '@keyward/testing/service/passkey';
import { hallPolicy, startSite } from '@keyward/testing/service/site';

const post = async (folder: string, name: string, input: object, key: string) => {
	const sent = request({
		...{ socketPath: join(folder, 'keyward.sock'), method: 'POST', path: `/v1/operations/${name}`, agent: false },
		headers: { 'content-type': 'application/json', 'idempotency-key': key },
	});
	const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
	sent.end(JSON.stringify(input));
	const [response] = await answered;
	let text = '';
	for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
	return { status: response.statusCode, text, code: (JSON.parse(text) as { code?: string }).code };
};

test('calls with an idempotency key', async (t) => {
	const site = await startSite(t, { operatorSocket: true, linkWorkers: 0 });

	await t.test(
		'a call that is repeated with its idempotency key is done once: at once, later, and after a restart',
		async () => {
			const call = (name: string, input: object, key: string) => post(site.folder, name, input, key);
			const probe = { application: 'hall', device: 'probe-1' };

			assert.equal((await call('device.expect', probe, 'bare')).code, 'request-malformed');
			const expected = await call('device.expect', probe, '"a"');
			assert.equal(expected.status, 200, expected.text);
			assert.deepEqual(await call('device.expect', probe, '"a"'), expected);
			const other = await call('device.expect', { ...probe, device: 'probe-2' }, '"a"');
			assert.deepEqual([other.status, other.code], [422, 'idempotency-key-reused']);
			// What changes nothing is asked as often as one likes.
			assert.equal((await call('device.list', { application: 'hall' }, '"a"')).status, 200);

			const both = await Promise.all([1, 2].map(() => call('policy.apply', { text: `${hallPolicy}# two\n` }, '"b"')));
			assert.ok(both.some(({ status }) => status === 200));
			for (const { status, code } of both) assert.ok(status === 200 || code === 'idempotency-key-in-use', code);
			const applied = await call('policy.apply', { text: `${hallPolicy}# two\n` }, '"b"');
			const actions = await site.ask('audit.list', { limit: 100 });
			assert.deepEqual(
				actions.map(({ operation, result }) => `${operation} ${result ?? ''}`),
				['policy.apply done', 'device.expect done', 'policy.apply done'],
			);

			await site.restart();
			assert.deepEqual(await call('policy.apply', { text: `${hallPolicy}# two\n` }, '"b"'), applied);
			const secret = await call('device.expect', probe, '"a"');
			assert.deepEqual([secret.status, secret.code], [409, 'idempotency-done']);
			assert.match(secret.text, /device\.expect was done at \d{4}-/);
		},
	);

	await t.test('a repetition takes no second approval, and its key lets nothing else by', async () => {
		const { link } = await site.ask('person.invite', { person: 'anna', role: 'owner' });
		const anna = await joinAs(site.httpsPort, link);
		const call = (text: string) => post(site.folder, 'policy.apply', { text }, '"k"');
		const strict = `${hallPolicy}tighten: { dual-control: true }\n`;
		await site.apply(strict);

		const change = `${strict}# changed\n`;
		assert.equal((await call(change)).code, 'approval-needed');
		const [waiting] = (await site.ask('approval.list', {})).requests;
		assert.ok(waiting);
		assert.equal((await anna.call('approval.decide', { number: waiting.number, approve: true })).status, 200);
		const done = await call(change);
		assert.equal(done.status, 200, done.text);
		assert.deepEqual(await call(change), done);
		assert.equal((await call(`${strict}# another\n`)).code, 'idempotency-key-reused');
		assert.deepEqual((await site.ask('approval.list', {})).requests, []);
	});
});
