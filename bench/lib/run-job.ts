import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job, Result } from './load.ts';

type Answer = { readonly result: Result } | { readonly failure: string };

/** Runs one job in a load generator's own process. */
export const runJob = (job: Job): Promise<Result> =>
	new Promise((resolve, reject) => {
		// With room in its heap it makes no full collection while it measures: that would show as the server's latency.
		const execArgv = ['--initial-old-space-size=512'];
		const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), { serialization: 'advanced', execArgv });
		let answered = false;
		child.once('message', (answer: Answer) => {
			answered = true;
			if ('result' in answer) resolve(answer.result);
			else reject(new Error(`load generator: ${answer.failure}`));
		});
		child.once('exit', (code) => {
			if (!answered) reject(new Error(`the load generator ended with ${code} and no result`));
		});
		child.send(job);
	});
