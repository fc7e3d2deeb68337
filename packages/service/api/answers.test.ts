import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { OperationName, Operations } from '@keyward/core/port';
import Value from 'typebox/value';
import { type Service, serve } from '../serve.ts';
import { operations } from './operations.ts';

const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 1s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
`;

let folder: string;
let service: Service;

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kw-'));
	service = await serve({ data: folder, httpsPort: 0, mqttsPort: 0, linkWorkers: 1 }, (error) =>
		assert.fail(String(error)),
	);
});

after(async () => {
	await service.stop();
	await rm(folder, { recursive: true });
});

const ask = async <Name extends OperationName>(
	name: Name,
	input: Operations[Name]['input'],
): Promise<Operations[Name]['output']> => {
	const sent = request({
		socketPath: join(folder, 'keyward.sock'),
		agent: false,
		method: 'POST',
		path: `/v1/operations/${name}`,
		headers: { 'content-type': 'application/json' },
	});
	sent.end(JSON.stringify(input));
	const [response] = (await once(sent, 'response')) as [IncomingMessage];
	let text = '';
	for await (const part of response.setEncoding('utf8')) text += part;
	assert.equal(response.statusCode, 200, text);
	return JSON.parse(text) as Operations[Name]['output'];
};

test('what a site answers is what the schemas promise', async () => {
	const application = 'hall';
	const asked = new Set<OperationName>();
	const check = async <Name extends OperationName>(
		name: Name,
		input: Operations[Name]['input'],
	): Promise<Operations[Name]['output']> => {
		const output = await ask(name, input);
		const [wrong] = Value.Errors(operations[name].output, output);
		assert.equal(wrong, undefined, `${name}: ${JSON.stringify(wrong)}`);
		asked.add(name);
		return output;
	};
	await check('policy.apply', { text: policy });
	await check('device.expect', { application, device: 'g-1' });
	await check('reader.expect', { application, reader: 'desk' });
	const grant = await check('grant.add', {
		application,
		reader: 'desk',
		device: '*',
		stream: 'dose-rate',
		purpose: 'safety',
	});
	for (const name of ['site.status', 'policy.list'] as const) await check(name, {});
	for (const name of ['device.list', 'reader.list', 'grant.list', 'posture', 'ledger.verify'] as const)
		assert.notDeepEqual(await check(name, { application }), [], name);
	await check('device.show', { application, device: 'g-1' });
	await check('grant.end', { id: grant.id });
	await check('principal.revoke', { kind: 'device', application, id: 'g-1', reason: 'test' });
	const byOperator = Object.values(operations).filter(({ callers }) => callers.includes('operator'));
	assert.deepEqual(
		byOperator.map(({ name }) => name).filter((name) => !asked.has(name)),
		[],
	);
});
