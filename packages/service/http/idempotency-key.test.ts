import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotencyKeyIn } from './idempotency-key.ts';

test('a key is one string of RFC 9651; whatever else stands there is refused', () => {
	assert.equal(idempotencyKeyIn(undefined), undefined);
	assert.equal(idempotencyKeyIn('"8e03978e-40d5"'), '8e03978e-40d5');
	assert.equal(idempotencyKeyIn(String.raw` "a \"b\" \\ c" `), String.raw`a "b" \ c`);
	assert.equal(idempotencyKeyIn(`"${'a'.repeat(255)}"`)?.length, 255);
	for (const wrong of [
		...['', '""', '8e03978e-40d5', ':YQ==:', '"a', '"a"b"', '"a", "b"', '"a";b=1', String.raw`"a\b"`],
		...['"ä"', '"a\u0000"', '"a\t"', `"${'a'.repeat(256)}"`, ['"a"', '"b"']],
	])
		assert.throws(() => idempotencyKeyIn(wrong), { code: 'request-malformed' }, String(wrong));
});
