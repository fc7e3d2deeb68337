import assert from 'node:assert/strict';
import { generatePrimeSync } from 'node:crypto';
import { test } from 'node:test';
import { sharedFactors } from '@keyward/core/keycheck';
import { sharedFactorsInThreads } from './index.ts';

const prime = (): bigint => generatePrimeSync(64, { bigint: true });

test('threads find the same shared primes as one thread does, across their shares too', async () => {
	const shared = prime();
	const moduli = Array.from({ length: 2100 }, () => prime() * prime());
	moduli[3] = shared * prime();
	moduli[2050] = shared * prime();
	let most = 0;
	const factors = await sharedFactorsInThreads(moduli, 2, (done) => (most = Math.max(most, done)));
	assert.deepEqual(factors, sharedFactors(moduli));
	assert.deepEqual([factors[3], factors[2050], factors[0]], [shared, shared, 1n]);
	assert.ok(most > 0 && most <= moduli.length);
	assert.deepEqual(await sharedFactorsInThreads([], 2, () => undefined), []);
	assert.deepEqual(
		await sharedFactorsInThreads(moduli.slice(0, 10), 2, () => undefined),
		Array.from({ length: 10 }, () => 1n),
	);
});
