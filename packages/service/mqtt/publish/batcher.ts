import { type Bytes, type Milliseconds, Problem, type Refusal } from '@keyward/core';
import { BatchWriter } from '../../ingest/batch.ts';
import type { BatchAnswer } from '../../thread/link-messages.ts';
import { acknowledge, type Message } from './acknowledge.ts';
import type { Connection } from '../connection/connection.ts';
import type { Batcher } from '../connection/batcher.ts';
import type { Waits } from './acknowledgement-waits.ts';

/** A batch this large does not wait for the one before; some 40,000 of the smallest records. */
const largest: Bytes = 1_048_576;

/** How long a batch waits while every turn of the loop brings more. */
const patience: Milliseconds = 1;

/**
 * While a batch is with the committer, what comes gathers for the next, and a batch goes once a turn of the loop has brought
 * nothing more: a message alone waits for one empty turn; messages that come close together share one commit.
 */
export const createBatcher = (
	send: (bytes: Uint8Array<ArrayBuffer>) => Promise<BatchAnswer>,
	onRefused: (connection: Connection, refusal: Refusal) => void,
	report: (error: unknown) => void,
	waits: Pick<Waits, 'begin'> = { begin: () => () => {} },
): Batcher<Connection> => {
	const writer = new BatchWriter();
	let messages: Message[] = [];
	let underWay = 0;
	/** Ends the waiting of the messages that gather. */
	let answered = (): void => {};

	const flush = async (): Promise<void> => {
		const taken = messages;
		if (taken.length === 0) return;
		messages = [];
		const end = answered;
		underWay++;
		try {
			const { refused } = await send(writer.take());
			for (const { message, refusal } of refused) {
				const held = taken[message];
				if (held !== undefined) held.refusal ??= refusal;
			}
		} catch (error) {
			if (!(error instanceof Problem)) report(error);
			const refusal: Refusal = {
				code: error instanceof Problem ? error.code : 'store-failed',
				requirement: 'input-refused',
				reason: error instanceof Problem ? error.detail : 'the service could not store the reading; send it again',
			};
			for (const message of taken) message.refusal ??= refusal;
		}
		underWay--;
		for (const { connection, refusal } of taken) if (refusal !== null) onRefused(connection, refusal);
		acknowledge(taken);
		end();
		if (messages.length > 0 && underWay === 0) gather();
	};

	/** Flushes after a turn of the loop that brought nothing more, or when patience ends. */
	const gather = (): void => {
		const began = performance.now();
		let before = -1;
		const look = (): void => {
			if (underWay > 0) return;
			if (messages.length > before && performance.now() - began < patience) {
				before = messages.length;
				setImmediate(look);
			} else void flush();
		};
		setImmediate(look);
	};

	return {
		begin: (connection, identifier, bytes) => {
			if (writer.size > largest) void flush();
			if (messages.length === 0) answered = waits.begin();
			if (messages.length === 0 && underWay === 0) gather();
			if (connection.undecided === 0) connection.load.busy++;
			connection.undecided += bytes;
			return messages.push({ connection, identifier, bytes, refusal: null }) - 1;
		},
		add: (session, stream, message, record, flags) => writer.add(session, stream, message, record, flags),
		flush: () => void flush(),
		refuse: (message, refusal) => {
			const held = messages[message];
			if (held !== undefined) held.refusal ??= refusal;
		},
	};
};
