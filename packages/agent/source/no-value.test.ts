import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { collect } from '@keyward/testing/agent/collect';
import { withoutCodes } from './no-value.ts';
import { standardInput } from './standard-input.ts';

test('a code for "no value" is a complaint for its stream alone, and never a sample', async () => {
	const lines = ['85', '-127', '-127.00', '84.9375', '{"n":"air","v":-127}', '{"vs":"ERR"}', '{"vs":"85"}', 'true'];
	const input = Readable.from([Buffer.from(lines.join('\n'))]);
	const source = standardInput({ input, live: true, clock: { now: () => 0 }, stream: 'boiler' });
	const codes = new Map([['boiler', [85, -127, 'ERR']]]);
	const items = await collect(withoutCodes(source, codes).read(new AbortController().signal));
	assert.deepEqual(
		items.map((item) => (item instanceof Problem ? `${item.code} ${item.detail}` : item.value)),
		[
			'source-no-value boiler: 85 stands for no value',
			'source-no-value boiler: -127 stands for no value',
			'source-no-value boiler: -127 stands for no value',
			84.9375,
			-127,
			'source-no-value boiler: "ERR" stands for no value',
			'85',
			true,
		],
	);
});
