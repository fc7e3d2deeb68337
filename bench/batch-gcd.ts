import assert from 'node:assert/strict';
import { generatePrimeSync, randomBytes } from 'node:crypto';
import { sharedFactorsInThreads } from '@keyward/scan';
import { median } from './lib/compare.ts';
import { circumstances, table, verdict, writeSection } from './lib/report.ts';

// The search for shared primes among RSA-2048 moduli, in two threads, as `keyward keycheck` runs it.

const threads = 2;
const sizes = [
	{ count: 10_000, rounds: 3, limit: 15 },
	{ count: 100_000, rounds: 1, limit: 300 },
] as const;

/** A random odd number of 2048 bits: the arithmetic costs what it costs for a product of two primes, without making any. */
const standIn = (): bigint => BigInt(`0x${randomBytes(256).toString('hex')}`) | (1n << 2047n) | 1n;

const prime = (): bigint => generatePrimeSync(1024, { bigint: true });

const rows: string[][] = [];
for (const { count, rounds, limit } of sizes) {
	const moduli = Array.from({ length: count }, standIn);
	// Two of each pair in different shares, so that the threads must exchange.
	const planted = Array.from({ length: 5 }, (_, pair) => ({ shared: prime(), at: [pair * 7, count - 1 - pair * 11] }));
	for (const { shared, at } of planted) for (const index of at) moduli[index] = shared * prime();
	const seconds: number[] = [];
	const processor: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const started = performance.now();
		const before = process.cpuUsage();
		const factors = await sharedFactorsInThreads(moduli, threads, () => undefined);
		const used = process.cpuUsage(before);
		seconds.push((performance.now() - started) / 1000);
		processor.push((used.user + used.system) / 1e6);
		for (const { shared, at } of planted) for (const index of at) assert.equal((factors[index] ?? 1n) % shared, 0n);
		// Stand-ins have small factors, and some in common; nothing large may be.
		const found = factors.filter((factor) => factor >> 256n !== 0n).length;
		assert.equal(found, planted.length * 2);
		console.error(`${count} moduli, round ${round + 1}: ${seconds.at(-1)?.toFixed(1)} s`);
	}
	const wall = median(seconds);
	rows.push([
		count.toLocaleString('en-GB'),
		`${wall.toFixed(1)} s`,
		`${median(processor).toFixed(1)} s`,
		// The highest so far: sizes go up.
		`${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
		`under ${limit} s: ${verdict(wall < limit)}`,
	]);
}

writeSection(
	'Batch GCD',
	`${circumstances([]).trim().replace('load generator on ', '')}

The search for primes that RSA-2048 keys share, in ${threads} threads, with five planted pairs, all found. The moduli are random odd
numbers of 2048 bits but for the planted ones: the work is the same. Memory is the highest of the whole process.

${table(['moduli', 'time', 'processor time', 'memory', 'aim'], rows)}`,
);
