import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '@keyward/contract';
import fastify from 'fastify';
import { validators } from './validators.ts';

test('every schema of the contract compiles, and a request is judged by it, the first as the second', () => {
	const build = validators.compilersFactory?.buildValidator;
	assert.ok(build);
	const compile = build({}, { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } });
	for (const { name, input } of Object.values(operations)) {
		const validate = compile({ schema: input } as never) as ((data: unknown) => boolean) & { errors?: unknown };
		assert.equal(validate('no object'), false, name);
		assert.ok(validate.errors, name);
	}
});

test('what is malformed is refused with its field, each time, and what is well formed is served', async () => {
	const app = fastify({ schemaController: validators });
	const body = { type: 'object', properties: { number: { type: 'integer' } }, required: ['number'] };
	app.post('/', { schema: { body } }, async () => ({}));
	const ask = async (payload: object) => (await app.inject({ method: 'POST', url: '/', payload })).json<object>();
	const refused = { statusCode: 400, code: 'FST_ERR_VALIDATION', error: 'Bad Request' };
	for (let time = 0; time < 2; time += 1) {
		assert.deepEqual(await ask({ number: 1.5 }), { ...refused, message: 'body/number must be integer' });
		assert.deepEqual(await ask({}), { ...refused, message: "body must have required property 'number'" });
		assert.deepEqual(await ask({ number: 1 }), {});
	}
});
