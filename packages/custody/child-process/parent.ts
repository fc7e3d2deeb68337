import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCodes, type Milliseconds, Problem } from '@keyward/core';
import type { Inward, Outward, Protocol } from './protocol.ts';

/** The process ended, could not be started, or was ended because it did not answer in time; `message` says which. */
export class ChildLost extends Error {
	override readonly name = 'ChildLost';
}

export interface ChildOptions<P extends Protocol> {
	/** The module that calls `serveParent`. */
	readonly program: URL;
	/** Keeps this process alive as long as the child lives; otherwise only a question under way does. */
	readonly keepsAlive?: boolean;
	/** Told of what the child says unasked. */
	readonly onEvent?: (event: P['event']) => void;
	/** Told of each line on its standard error; without it they are dropped, as fits a foreign module that may print what it was told. */
	readonly onLine?: (line: string) => void;
}

/** A process of ours that runs one program, and may crash or hang without harm to this one. */
export interface Child<P extends Protocol> {
	readonly pid: number | undefined;
	/** Resolves when the process is gone and all that it said is heard, with how it ended; never rejects. */
	readonly ended: Promise<string>;
	/**
	 * Throws the `Problem` that the child answers with, and {@link ChildLost}. A child that takes longer than `patience` is ended, for
	 * what it does then nobody knows.
	 */
	ask(question: P['question'], patience: Milliseconds): Promise<P['answer']>;
	/** Lost, as any message under way, when the process has ended. */
	order(order: P['order']): void;
	/** Lets go of the process, which then ends, or is ended when it has not within `grace`; resolves when it is gone. */
	end(grace: Milliseconds): Promise<void>;
	/** Ends the process at once. */
	kill(): void;
}

export const startChild = <P extends Protocol>(options: ChildOptions<P>): Child<P> => {
	const { program, keepsAlive = false, onEvent, onLine } = options;
	const child = fork(fileURLToPath(program), {
		serialization: 'advanced',
		// Nothing of ours to debug or trace it by: its words might hold what it was told.
		execArgv: [],
		stdio: ['ignore', 'ignore', onLine === undefined ? 'ignore' : 'pipe', 'ipc'],
	});
	if (child.stderr !== null && onLine !== undefined) createInterface(child.stderr).on('line', onLine);
	const waiting = new Map<number, { resolve(answer: P['answer']): void; reject(error: Error): void }>();
	let last = 0;
	let lost: string | null = null;

	const holdWhileAsked = (): void => hold(child, keepsAlive || waiting.size > 0);
	const lose = (how: string): void => {
		lost ??= how;
		for (const { reject } of waiting.values()) reject(new ChildLost(lost));
		waiting.clear();
		holdWhileAsked();
	};
	child.on('message', (message: Outward<P>) => {
		if ('event' in message) {
			onEvent?.(message.event);
			return;
		}
		const asked = waiting.get(message.id);
		waiting.delete(message.id);
		holdWhileAsked();
		if ('answer' in message) asked?.resolve(message.answer);
		else asked?.reject(problemOf(message.failure));
	});
	child.on('error', (error) => lose(`its process cannot be started or told anything: ${error.message}`));
	child.on('exit', (code, signal) => lose(`its process ended (${signal ?? `code ${code}`})`));
	// Node's own `close` never comes where this end let go of the channel.
	const happened = (on: { once(event: string, then: () => void): unknown } | null, event: string): Promise<void> =>
		new Promise((resolve) => {
			if (on === null || child.pid === undefined) resolve();
			else on.once(event, resolve);
		});
	const ended = Promise.all([
		happened(child, 'exit'),
		happened(child, 'disconnect'),
		happened(child.stderr, 'close'),
	]).then(() => lost ?? 'its process ended');
	holdWhileAsked();

	const send = (message: Inward<P>): void => {
		if (!child.connected) return;
		child.send(message, (error) => {
			if (error !== null) lose(`its process ended: ${error.message}`);
		});
	};
	return {
		pid: child.pid,
		ended,
		ask: (question, patience) =>
			new Promise<P['answer']>((resolve, reject) => {
				if (lost !== null) {
					reject(new ChildLost(lost));
					return;
				}
				const id = ++last;
				const late = setTimeout(() => {
					lose(`it did not answer within ${patience / 1000} s, and its process was ended`);
					child.kill('SIGKILL');
				}, patience);
				waiting.set(id, {
					resolve: (answer) => {
						clearTimeout(late);
						resolve(answer);
					},
					reject: (error) => {
						clearTimeout(late);
						reject(error);
					},
				});
				holdWhileAsked();
				send({ id, question });
			}),
		order: (order) => send({ order }),
		end: async (grace) => {
			if (child.connected) child.disconnect();
			// Held until it is gone: who waits for that must not end before.
			child.ref();
			const late = setTimeout(() => child.kill('SIGKILL'), grace);
			await ended;
			clearTimeout(late);
		},
		kill: () => void child.kill('SIGKILL'),
	};
};

const hold = (child: ChildProcess, held: boolean): void => {
	for (const one of [child, child.channel]) {
		if (held) one?.ref();
		else one?.unref();
	}
};

const problemOf = ({ code, detail }: { readonly code: string; readonly detail: string }): Problem =>
	new Problem(errorCodes.find((name): name is ErrorCode => name === code) ?? 'internal', detail);
