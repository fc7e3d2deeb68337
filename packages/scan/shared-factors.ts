import { Worker } from 'node:worker_threads';
import { sharedFactors } from '@keyward/core/keycheck';
import type { FromWorker, ToWorker } from './shared-factors-message.ts';

/** Fewer moduli take less time than starting threads. */
const WORTH_THREADS = 2000;

/**
 * The batch GCD over distinct moduli above 1, in threads when there are many: the factor that each shares with another, in
 * their order. Memory: some 20 times that of the moduli. Rejects when a thread dies, for want of memory for instance.
 */
export const sharedFactorsInThreads = async (
	moduli: readonly bigint[],
	threads: number,
	progress: (done: number) => void,
): Promise<readonly bigint[]> => {
	if (moduli.length < WORTH_THREADS || threads < 2) return sharedFactors(moduli, progress);
	const size = Math.ceil(moduli.length / threads);
	const shares = Array.from({ length: threads }, (_, index) => moduli.slice(index * size, (index + 1) * size)).filter(
		({ length }) => length > 0,
	);
	const done = shares.map(() => 0);
	const workers = shares.map((share, index) =>
		startWorker(share, (count) => {
			done[index] = count;
			progress(done.reduce((sum, one) => sum + one, 0));
		}),
	);
	try {
		const products = await Promise.all(workers.map(({ product }) => product));
		for (const [index, worker] of workers.entries()) worker.continue(products.toSpliced(index, 1));
		return (await Promise.all(workers.map(({ factors }) => factors))).flat();
	} finally {
		await Promise.all(workers.map(({ stop }) => stop()));
	}
};

const startWorker = (moduli: readonly bigint[], progress: (done: number) => void) => {
	const worker = new Worker(new URL('./shared-factors-worker.ts', import.meta.url));
	const product = Promise.withResolvers<bigint>();
	const factors = Promise.withResolvers<readonly bigint[]>();
	worker.on('message', (message: FromWorker) => {
		if ('done' in message) progress(message.done);
		else if ('product' in message) product.resolve(message.product);
		else factors.resolve(message.factors);
	});
	const fail = (error: Error): void => {
		product.reject(error);
		factors.reject(error);
	};
	worker.on('error', fail);
	worker.on('exit', (code) => fail(new Error(`a thread of the search for shared primes ended with code ${code}`)));
	// The caller that waits for the products hears of a failure there; the factors are then not asked for.
	factors.promise.catch(() => undefined);
	worker.postMessage({ moduli } satisfies ToWorker, []);
	return {
		product: product.promise,
		factors: factors.promise,
		continue: (foreign: readonly bigint[]): void => worker.postMessage({ foreign } satisfies ToWorker, []),
		stop: async (): Promise<void> => void (await worker.terminate()),
	};
};
