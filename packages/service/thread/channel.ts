import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { type ErrorCode, Problem } from '@keyward/core';
import type { Lane, Scheduler } from './lanes.ts';

/** What one side takes, by topic: what is asked, and what is answered. Both sides' types come from one such map. */
export type Topics<Of> = { readonly [Topic in keyof Of]: readonly [ask: unknown, answer: unknown] };

type AnyTopics = Readonly<Record<string, readonly [ask: unknown, answer: unknown]>>;

/** Handlers for every topic of a map. */
export type HandlersOf<Of extends Topics<Of>> = {
	readonly [Topic in keyof Of]: (body: Of[Topic][0]) => Of[Topic][1] | Promise<Of[Topic][1]>;
};

/** One end of a conversation between two threads: questions that get one answer each, and news that gets none. */
export interface Channel<Of extends Topics<Of> = AnyTopics> {
	/**
	 * Throws the `Problem` that the other side's handler threw, and `Problem('service-busy')` when as many questions of the lane
	 * are unanswered as the channel takes, or when the other side has ended.
	 */
	ask<Topic extends keyof Of & string>(
		topic: Topic,
		body: Of[Topic][0],
		transfer?: readonly Transferable[],
		lane?: Lane,
	): Promise<Of[Topic][1]>;
	tell<Topic extends keyof Of & string>(topic: Topic, body: Of[Topic][0], transfer?: readonly Transferable[]): void;
	/** Whether the other side has ended: it serves nobody any more. */
	over(): boolean;
}

export const BUSY = 'The service has more to do than it takes on at once. Ask again in a second or more.';

/** Answers questions and takes news; an unknown topic is a bug. */
export type Handlers = Readonly<Record<string, (body: never) => unknown>>;

interface Question {
	readonly topic: string;
	readonly body: unknown;
	/** 0 for news. */
	readonly id: number;
	/** Left out for links. */
	readonly lane?: Lane;
}

/** How many questions of a lane may be unanswered at a time. */
export type Outstanding = Readonly<Partial<Record<Lane, number>>>;

type Answer =
	| { readonly answer: number; readonly value: unknown }
	| { readonly answer: number; readonly problem: { code: ErrorCode; detail: string } }
	| { readonly answer: number; readonly bug: string };

interface ChannelOptions extends Partial<Scheduler> {
	readonly outstanding?: Outstanding;
	readonly soon?: (post: () => void) => void;
}

const bugOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Opens a channel over a worker or a port. `onBug` hears of handlers that failed with anything but a `Problem`. `run` decides
 * when a question or news that came is handled; at once by default. `outstanding` bounds what this side asks (CR 7.1): beyond
 * it a question fails here, and costs the other thread nothing.
 * To wake the other thread costs more than most of what it is told: all that is said until `soon` comes goes in one message, in its order.
 */
export const openChannel = <Of extends Topics<Of> = AnyTopics>(
	port: MessagePort | Worker,
	handlers: Handlers,
	onBug: (error: unknown) => void,
	{ run = (_lane, task) => task(), outstanding = {}, soon = process.nextTick }: ChannelOptions = {},
): Channel<Of> => {
	const unanswered = new Map<Lane, number>();
	// A list with holes that are filled again: a map that grows and shrinks all day leaves its old tables to the collector.
	const waiting: ({ lane: Lane; resolve(value: unknown): void; reject(error: Error): void } | undefined)[] = [];
	const free: number[] = [];

	const answer = async ({ topic, body, id }: Question): Promise<void> => {
		try {
			const handler = handlers[topic];
			if (handler === undefined) throw new Error(`no handler for ${topic}`);
			const value = await handler(body as never);
			if (id !== 0) say({ answer: id, value });
		} catch (error) {
			if (!(error instanceof Problem)) onBug(error);
			if (id === 0) return;
			say(
				error instanceof Problem
					? { answer: id, problem: { code: error.code, detail: error.detail } }
					: { answer: id, bug: bugOf(error) },
			);
		}
	};

	const take = (message: Question | Answer): void => {
		if (!('answer' in message)) {
			run(message.lane ?? 'links', () => void answer(message));
			return;
		}
		const place = message.answer - 1;
		const asker = waiting[place];
		if (asker === undefined) return;
		waiting[place] = undefined;
		free.push(place);
		if (outstanding[asker.lane] !== undefined) unanswered.set(asker.lane, (unanswered.get(asker.lane) ?? 1) - 1);
		if ('value' in message) asker.resolve(message.value);
		else if ('problem' in message) asker.reject(new Problem(message.problem.code, message.problem.detail));
		else asker.reject(new Error(message.bug));
	};

	/** A message that cannot be cloned is a bug, and does not keep the others back. */
	const sendAlone = (message: Question | Answer): void => {
		try {
			port.postMessage(message);
		} catch (error) {
			if ('answer' in message) {
				onBug(error);
				port.postMessage({ answer: message.answer, bug: bugOf(error) } satisfies Answer);
			} else if (message.id === 0) onBug(error);
			else take({ answer: message.id, bug: bugOf(error) });
		}
	};
	let said: (Question | Answer)[] = [];
	const send = (): void => {
		const messages = said;
		if (messages.length === 0) return;
		said = [];
		try {
			port.postMessage(messages);
		} catch {
			messages.forEach(sendAlone);
		}
	};
	/** What brings something along goes at once, behind all that was said before. */
	const say = (message: Question | Answer, transfer: readonly Transferable[] = []): void => {
		if (transfer.length > 0) {
			send();
			port.postMessage(message, transfer);
		} else if (said.push(message) === 1) soon(send);
	};

	/** Nobody waits for a thread that is no more: what it was asked fails, and what it would be asked. */
	let over = false;
	const end = (): void => {
		over = true;
		for (const asker of waiting.splice(0)) asker?.reject(new Problem('service-busy', BUSY));
		free.length = 0;
		unanswered.clear();
	};
	port.once('exit', end);
	port.once('close', end);

	/** Messages that came together and are not taken yet. */
	let untaken = 0;
	/**
	 * One after another as if each had come alone: anyone who waited for an answer has gone on before what was said behind it is taken.
	 * A delivery that follows the answer to a CONNECT would else come to a session that is not there yet.
	 */
	const takeInTurn = (message: Question | Answer): void => {
		untaken++;
		setImmediate(() => {
			untaken--;
			take(message);
		});
	};
	port.on('message', (message: Question | Answer | readonly (Question | Answer)[]) => {
		const messages = Array.isArray(message)
			? (message as readonly (Question | Answer)[])
			: [message as Question | Answer];
		const [first] = messages;
		if (untaken === 0 && messages.length === 1 && first !== undefined) take(first);
		else messages.forEach(takeInTurn);
	});

	return {
		ask: (topic, body, transfer, lane = 'links') =>
			new Promise((resolve, reject) => {
				if (over) throw new Problem('service-busy', BUSY);
				const most = outstanding[lane];
				if (most !== undefined) {
					const count = unanswered.get(lane) ?? 0;
					if (count >= most) throw new Problem('service-busy', BUSY);
					unanswered.set(lane, count + 1);
				}
				const place = free.pop() ?? waiting.length;
				waiting[place] = { lane, resolve, reject };
				const question: Question = { topic, body, id: place + 1 };
				say(lane === 'links' ? question : { ...question, lane }, transfer);
			}),
		tell: (topic, body, transfer) => {
			say({ topic, body, id: 0 }, transfer);
		},
		over: () => over,
	};
};
