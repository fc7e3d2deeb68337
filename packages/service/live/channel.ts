import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { type ErrorCode, Problem } from '@keyward/core';

/** One end of a conversation between two threads: questions that get one answer each, and news that gets none. */
export interface Channel {
	/** Throws the `Problem` that the other side's handler threw. */
	ask(topic: string, body: unknown, transfer?: readonly Transferable[]): Promise<unknown>;
	tell(topic: string, body: unknown, transfer?: readonly Transferable[]): void;
}

/** Answers questions and takes news; an unknown topic is a bug. */
export type Handlers = Readonly<Record<string, (body: never) => unknown>>;

interface Question {
	readonly topic: string;
	readonly body: unknown;
	/** 0 for news. */
	readonly id: number;
}

type Answer =
	| { readonly answer: number; readonly value: unknown }
	| { readonly answer: number; readonly problem: { code: ErrorCode; detail: string } }
	| { readonly answer: number; readonly bug: string };

/** Opens a channel over a worker or a port. `onBug` hears of handlers that failed with anything but a `Problem`. */
export const openChannel = (
	port: MessagePort | Worker,
	handlers: Handlers,
	onBug: (error: unknown) => void,
): Channel => {
	// A list with holes that are filled again: a map that grows and shrinks all day leaves its old tables to the collector.
	const waiting: ({ resolve(value: unknown): void; reject(error: Error): void } | undefined)[] = [];
	const free: number[] = [];

	const answer = async ({ topic, body, id }: Question): Promise<void> => {
		try {
			const handler = handlers[topic];
			if (handler === undefined) throw new Error(`no handler for ${topic}`);
			const value = await handler(body as never);
			if (id !== 0) port.postMessage({ answer: id, value } satisfies Answer);
		} catch (error) {
			if (!(error instanceof Problem)) onBug(error);
			if (id === 0) return;
			port.postMessage(
				error instanceof Problem
					? { answer: id, problem: { code: error.code, detail: error.detail } }
					: { answer: id, bug: error instanceof Error ? error.message : String(error) },
			);
		}
	};

	port.on('message', (message: Question | Answer) => {
		if (!('answer' in message)) {
			void answer(message);
			return;
		}
		const place = message.answer - 1;
		const asker = waiting[place];
		if (asker === undefined) return;
		waiting[place] = undefined;
		free.push(place);
		if ('value' in message) asker.resolve(message.value);
		else if ('problem' in message) asker.reject(new Problem(message.problem.code, message.problem.detail));
		else asker.reject(new Error(message.bug));
	});

	return {
		ask: (topic, body, transfer) =>
			new Promise((resolve, reject) => {
				const place = free.pop() ?? waiting.length;
				waiting[place] = { resolve, reject };
				port.postMessage({ topic, body, id: place + 1 } satisfies Question, transfer ?? []);
			}),
		tell: (topic, body, transfer) => {
			port.postMessage({ topic, body, id: 0 } satisfies Question, transfer ?? []);
		},
	};
};
