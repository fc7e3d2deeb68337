import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import type { TokenIdentity } from './emulator.ts';
import type { TokenAnswer, TokenFailure, TokenName, TokenQuestion } from './message.ts';

export interface TokenOptions {
	/** Absolute path of the PKCS#11 module. */
	readonly module: string;
	readonly token: TokenName;
	/** Asked for each time that a session begins, so that a changed PIN file counts without a restart. */
	readonly pin: () => Promise<string>;
	/** How long one question may take; a smart card makes a key in seconds. */
	readonly patience?: Milliseconds;
}

/** A token, in a process of its own. */
export interface TokenProcess {
	/** One question after another. Throws `token-module`, `token-absent`, `token-pin`, `token-key`, `token-failed`, `key-file`. */
	ask(question: Exclude<TokenQuestion, { ask: 'open' }>): Promise<Value>;
	/** How module and token name themselves. */
	identity(): Promise<TokenIdentity>;
	/** Ends the process; the next question starts another. */
	close(): Promise<void>;
}

type Value = Extract<TokenAnswer, { value: unknown }>['value'];

const PATIENCE: Milliseconds = seconds(30);
/** After a token was found absent, how long the same is answered without looking again. */
const LOOK_AGAIN: Milliseconds = seconds(1);

interface Running {
	readonly identity: TokenIdentity;
	ask(question: TokenQuestion): Promise<Value>;
	end(): void;
}

/**
 * Keeps a module at arm's length: what crashes, hangs or leaks in it does so in its own process (docs/adr/0009). A token that
 * went away ends the process; the next question starts a new one, which finds the token as it is then.
 */
export const createTokenProcess = (options: TokenOptions): TokenProcess => {
	const { patience = PATIENCE } = options;
	let running: Running | null = null;
	let last: Promise<unknown> = Promise.resolve();
	let refusedPin: { readonly pin: string; readonly problem: Problem } | null = null;
	let absent: { readonly until: number; readonly problem: Problem } | null = null;

	const start = async (): Promise<Running> => {
		if (absent !== null && performance.now() < absent.until) throw absent.problem;
		const pin = await options.pin();
		// A wrong PIN tried at every request locks the token: it is tried once.
		if (refusedPin?.pin === pin) throw refusedPin.problem;
		const child = startChild(patience);
		try {
			const identity = await child.ask({ ask: 'open', module: options.module, token: options.token, pin });
			refusedPin = null;
			absent = null;
			return { ...child, identity: identity as TokenIdentity };
		} catch (thrown) {
			child.end();
			const error = thrown instanceof StaleToken ? thrown.problem : thrown;
			if (error instanceof Problem && error.code === 'token-pin') refusedPin = { pin, problem: error };
			if (error instanceof Problem && error.code === 'token-absent')
				absent = { until: performance.now() + LOOK_AGAIN, problem: error };
			throw error;
		}
	};

	/** Begins anew once when what ran before lost its token; what may have happened already is not asked twice. */
	const run = async <Result>(task: (child: Running) => Promise<Result>, mayRepeat: boolean): Promise<Result> => {
		const before = running;
		running ??= await start();
		try {
			return await task(running);
		} catch (error) {
			if (!(error instanceof StaleToken)) throw error;
			running.end();
			running = null;
			if (before === null || !mayRepeat) throw error.problem;
			return run(task, false);
		}
	};
	const inTurn = <Result>(task: () => Promise<Result>): Promise<Result> => {
		const turn = last.then(task);
		last = turn.catch(() => undefined);
		return turn;
	};

	return {
		ask: (question) => inTurn(() => run((child) => child.ask(question), question.ask !== 'create')),
		identity: () => inTurn(() => run(async (child) => child.identity, true)),
		close: () =>
			inTurn(async () => {
				running?.end();
				running = null;
			}),
	};
};

/** What a process fails with after which it is not asked again. */
class StaleToken extends Problem {
	readonly problem: Problem;

	constructor({ code, detail }: TokenFailure) {
		super(code, detail);
		this.problem = new Problem(code, detail);
	}
}

const startChild = (patience: Milliseconds): Omit<Running, 'identity'> => {
	const child: ChildProcess = fork(fileURLToPath(new URL('./host.ts', import.meta.url)), {
		// Nothing of ours to debug or trace it by; its words might hold what the module was told.
		execArgv: [],
		stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
		serialization: 'advanced',
	});
	let count = 0;
	let waiting: { readonly id: number; resolve(value: Value): void; reject(error: Error): void } | null = null;
	let over = false;
	const failed = (detail: string): void => {
		over = true;
		waiting?.reject(new StaleToken({ code: 'token-failed', detail, stale: true }));
		waiting = null;
	};
	child.on('message', (message: TokenAnswer) => {
		if (waiting?.id !== message.id) return;
		const { resolve, reject } = waiting;
		waiting = null;
		if ('value' in message) resolve(message.value);
		else
			reject(
				message.failure.stale
					? new StaleToken(message.failure)
					: new Problem(message.failure.code, message.failure.detail),
			);
	});
	child.on('error', (error) => failed(`The process of the PKCS#11 module cannot be started: ${error.message}.`));
	child.on('exit', (code, signal) =>
		failed(
			`The PKCS#11 module brought its process down (${signal ?? `code ${code}`}): the next request starts another.`,
		),
	);
	// A question under way keeps this process alive, a token that only waits does not.
	const hold = (held: boolean): void => {
		for (const one of [child, child.channel]) {
			if (held) one?.ref();
			else one?.unref();
		}
	};
	hold(false);
	return {
		ask: (question) =>
			new Promise<Value>((resolve, reject) => {
				if (over) {
					reject(
						new StaleToken({ code: 'token-failed', detail: 'The process of the PKCS#11 module ended.', stale: true }),
					);
					return;
				}
				const id = ++count;
				const late = setTimeout(() => {
					failed(`The token did not answer within ${patience / 1000} s: its process was ended.`);
					child.kill('SIGKILL');
				}, patience);
				const done = (): void => {
					clearTimeout(late);
					hold(false);
				};
				hold(true);
				waiting = {
					id,
					resolve: (value) => {
						done();
						resolve(value);
					},
					reject: (error) => {
						done();
						reject(error);
					},
				};
				child.send({ id, question }, (error) => {
					if (error !== null) failed(`The process of the PKCS#11 module ended: ${error.message}.`);
				});
			}),
		end: () => {
			over = true;
			child.kill('SIGKILL');
		},
	};
};
