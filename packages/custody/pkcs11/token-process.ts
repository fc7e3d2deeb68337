import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { ChildLost, startChild } from '../child-process/index.ts';
import type { TokenIdentity } from './emulator.ts';
import type { TokenFailure, TokenName, TokenProtocol, TokenQuestion, TokenValue } from './message.ts';

export interface TokenOptions {
	/** Absolute path of the PKCS#11 module. */
	readonly module: string;
	readonly token: TokenName;
	/** Asked for each time that a session begins, so that a changed PIN file counts without a restart. */
	readonly pin: () => Promise<string>;
	/** How long one question may take; a smart card makes a key in seconds. */
	readonly patience?: Milliseconds;
}

/** A token, in a separate process. */
export interface TokenProcess {
	/** One question after another. Throws `token-module`, `token-absent`, `token-pin`, `token-key`, `token-failed`, `key-file`. */
	ask(question: Exclude<TokenQuestion, { ask: 'open' }>): Promise<TokenValue>;
	/** How module and token name themselves. */
	identity(): Promise<TokenIdentity>;
	/** Ends the process; the next question starts another. */
	close(): Promise<void>;
}

const PATIENCE: Milliseconds = seconds(30);
/** After a token was found absent, how long the same is answered without looking again. */
const LOOK_AGAIN: Milliseconds = seconds(1);

interface Running {
	readonly identity: TokenIdentity;
	ask(question: TokenQuestion): Promise<TokenValue>;
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
		const child = startTokenChild(patience);
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

	/** Begins again once when what ran before lost its token; what may have happened already is not asked twice. */
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

	constructor({ code, detail }: Omit<TokenFailure, 'stale'>) {
		super(code, detail);
		this.problem = new Problem(code, detail);
	}
}

const startTokenChild = (patience: Milliseconds): Omit<Running, 'identity'> => {
	const child = startChild<TokenProtocol>({ program: new URL('./token-child.ts', import.meta.url) });
	return {
		ask: async (question) => {
			const answer = await child.ask(question, patience).catch((error: unknown) => {
				if (!(error instanceof ChildLost)) throw error;
				throw new StaleToken({
					code: 'token-failed',
					detail: `The PKCS#11 module failed: ${error.message}. The next request starts another.`,
				});
			});
			if ('value' in answer) return answer.value;
			const { code, detail, stale } = answer.failure;
			throw stale ? new StaleToken({ code, detail }) : new Problem(code, detail);
		},
		end: () => child.kill(),
	};
};
