import { createHash } from 'node:crypto';
import { days, type Instant, type Milliseconds, Problem, type Refusal } from '@keyward/core';
import { readCommand, type Receipt, readReceipt } from '@keyward/core/command';
import { commandTopicOf } from '@keyward/core/device';
import type {
	CertificateStore,
	Clock,
	Command,
	CommandStore,
	PrincipalKeyStore,
	PrincipalName,
} from '@keyward/core/port';
import type { Counters } from '../log/counters.ts';
import type { WaitingCommand } from '../thread/link-messages.ts';
import type { LiveSession } from '../session/sessions.ts';
import { heldSince } from '../session/held-since.ts';
import { matchesTopic } from './topic-filter.ts';

/** How long a command is listed after it was delivered or expired. */
const keptFor: Milliseconds = days(30);

/** Commands on their way to devices: the queue is in the store, and a device that sleeps finds it when it wakes. */
export interface Commands {
	/** Whether the filter reaches the session's own commands. */
	reaches(session: LiveSession, filter: string): boolean;
	/** From now on the session gets what waits, oldest first. */
	subscribe(session: LiveSession): Promise<void>;
	unsubscribe(session: LiveSession): void;
	/** Up to `limit` after number `after` that have not expired. */
	take(session: LiveSession, after: number, limit: number): readonly WaitingCommand[];
	/** A command that is durable: to the device at once when it listens. */
	sent(command: Command): void;
	/** The device has acknowledged it; it is not delivered again. Durable when it resolves. */
	delivered(session: LiveSession, id: string, accepted: boolean): Promise<void>;
	/** What the device signed of one of its commands: it is not delivered again. Durable when it resolves; null where it was taken. */
	receipt(session: LiveSession, receipt: Uint8Array): Promise<Refusal | null>;
	/** Forgets what was done with long ago. */
	forget(): Promise<void>;
}

export const createCommands = (
	store: CommandStore & CertificateStore & PrincipalKeyStore,
	counters: Counters,
	clock: Clock,
	/** Told of each receipt that its device signed. */
	onReceipt: (principal: PrincipalName, receipt: Receipt) => void = () => {},
): Commands => {
	const queues = new Map<LiveSession, { waiting: WaitingCommand[]; last: number }>();
	const byDevice = new Map<string, LiveSession>();

	const add = (queue: { waiting: WaitingCommand[]; last: number }, command: Command): void => {
		const { id, payload, contentType, expires } = command;
		queue.waiting.push({ number: ++queue.last, id, payload, contentType, expires });
	};
	const unsubscribe = (session: LiveSession): void => {
		queues.delete(session);
		const topic = commandTopicOf(session.principal);
		if (byDevice.get(topic) === session) byDevice.delete(topic);
	};

	return {
		// A device is trusted for its own commands alone; a reader for none (CR 2.1).
		// One that is let in for its essential streams alone gets no orders either (essential-function).
		reaches: ({ principal, despite }, filter) =>
			principal.kind === 'device' && despite === null && matchesTopic(filter, commandTopicOf(principal)),
		subscribe: async (session) => {
			if (queues.has(session)) return;
			const { principal } = session;
			const since = await heldSince(store, principal);
			const commands = await store.commands(principal.application, principal.id);
			const queue = { waiting: [], last: 0 };
			for (const command of commands) if (isOpen(command, since)) add(queue, command);
			queues.set(session, queue);
			byDevice.set(commandTopicOf(principal), session);
		},
		unsubscribe,
		take: (session, after, limit) => {
			const queue = queues.get(session);
			if (queue === undefined || session.despite !== null) return [];
			const now = clock.now();
			queue.waiting = queue.waiting.filter(({ expires }) => now < expires);
			return queue.waiting.filter(({ number }) => number > after).slice(0, limit);
		},
		sent: (command) => {
			const session = byDevice.get(commandTopicOf({ application: command.application, id: command.device }));
			const queue = session === undefined ? undefined : queues.get(session);
			if (session === undefined || queue === undefined) return;
			add(queue, command);
			session.worker.tell('commands', { session: session.id });
		},
		delivered: async (session, id, accepted) => {
			const queue = queues.get(session);
			if (queue === undefined || !queue.waiting.some((one) => one.id === id)) return;
			queue.waiting = queue.waiting.filter((one) => one.id !== id);
			await store.deliverCommand(id, clock.now());
			counters.add(accepted ? 'command-delivered' : 'command-refused');
		},
		receipt: async (session, bytes) => {
			const { principal } = session;
			const keys = await store.registeredKeys(principal);
			const key = keys.find(({ purpose }) => purpose === 'stream')?.key ?? null;
			let read: ReturnType<typeof readReceipt>;
			try {
				read = readReceipt(bytes, key);
			} catch (error) {
				if (error instanceof Problem) return { code: error.code, requirement: 'signed-commands', reason: error.detail };
				throw error;
			}
			const { receipt, signed } = read;
			// CR 2.12: what another device signed, or nobody, is no word of this one.
			if (!signed || receipt.application !== principal.application || receipt.device !== principal.id)
				return {
					code: 'command-signature',
					requirement: 'signed-commands',
					reason: 'the receipt is not signed by your stream key',
				};
			for (const command of await store.commands(principal.application, principal.id)) {
				if (command.receipt !== null || Buffer.compare(hashOf(command.payload), receipt.command) !== 0) continue;
				await store.receiptCommand(command.id, bytes, clock.now());
				const queue = queues.get(session);
				if (queue !== undefined) queue.waiting = queue.waiting.filter((one) => one.id !== command.id);
			}
			counters.add(`command-${receipt.outcome}`);
			onReceipt(principal, receipt);
			return null;
		},
		forget: async () => {
			await store.forgetCommands(clock.now() - keptFor);
		},
	};
};

/** What a receipt names a command by. */
const hashOf = (payload: Uint8Array): Uint8Array => {
	try {
		return readCommand(payload).hash;
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return new Uint8Array(createHash('sha256').update(payload).digest());
	}
};

/** Whether a command is still to be delivered to a device of `heldSince`. Expiry is looked at when it is taken. */
export const isOpen = ({ at, delivered }: Command, since: Instant): boolean => delivered === null && at > since;
