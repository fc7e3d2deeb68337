import { createHash } from 'node:crypto';
import { type Instant, Problem, type Refusal } from '@keyward/core';
import {
	type CommandRoster,
	judgeCommand,
	readCommand,
	type ReceivedCommand,
	type Receipt,
	signReceipt,
} from '@keyward/core/command';
import type { Signer } from '@keyward/core/port';
import type { AllowList } from './allow-list.ts';
import type { CommandJournal } from './journal.ts';
import { type ActionResult, runAction } from './run-action.ts';

export interface CommandsOptions {
	readonly application: string;
	readonly device: string;
	readonly allowList: AllowList;
	readonly journal: CommandJournal;
	/** The owner's roster of this moment; null where the device has none. */
	readonly roster: () => Promise<CommandRoster | null>;
	/** The device's stream key; null where it has none: then nothing can be answered for, and nothing is obeyed. */
	readonly receiptSigner: () => Promise<Signer | null>;
	readonly now: () => Instant;
	readonly onReceipt: (receipt: Receipt) => void;
	readonly run?: (action: Parameters<typeof runAction>[0]) => Promise<ActionResult>;
}

/** Commands that wait for the one before them. */
const MOST_WAITING = 64;

/** What comes of a command: its signed receipt; null where the device cannot sign one, and does nothing. */
export type TakeCommand = (message: Uint8Array) => Promise<Uint8Array | null>;

/** The device's side of commands: judged, begun at most once, and answered by a signed receipt; one after another. */
export const createCommands = (options: CommandsOptions): TakeCommand => {
	const { application, device, allowList, journal, run = runAction } = options;
	let busy: Promise<unknown> = Promise.resolve();
	let dangerousSigners: Receipt['dangerousSigners'] = 0;

	const receiptOf = (
		command: Uint8Array,
		outcome: Receipt['outcome'],
		detail: string,
		code: Receipt['code'] = null,
	): Receipt => ({ application, device, command, outcome, code, detail, dangerousSigners, at: options.now() });

	const answer = async (receipt: Receipt, signer: Signer): Promise<Uint8Array<ArrayBuffer>> => {
		const signed = await signReceipt(receipt, signer);
		options.onReceipt(receipt);
		return signed;
	};

	const obey = async ({ content, hash }: ReceivedCommand, signer: Signer): Promise<Uint8Array> => {
		const { commander, sequence, name } = content;
		const action = allowList.get(name);
		if (action === undefined) throw new TypeError('judged before it is obeyed');
		const noted = { sequence, hash: Buffer.from(hash).toString('hex') };
		// Before it begins: after a power cut it is not begun again.
		await journal.note(commander, { ...noted, receipt: null });
		const { outcome, detail } = await run(action);
		const receipt = await answer(receiptOf(hash, outcome, detail), signer);
		await journal.note(commander, { ...noted, receipt: Buffer.from(receipt).toString('base64') });
		return receipt;
	};

	const take = async (message: Uint8Array): Promise<Uint8Array | null> => {
		const signer = await options.receiptSigner();
		if (signer === null) return null;
		const roster = await options.roster();
		dangerousSigners = roster?.signers.dangerous ?? 0;
		const refuse = (hash: Uint8Array, { code, reason }: Pick<Refusal, 'code' | 'reason'>): Promise<Uint8Array> =>
			answer(receiptOf(hash, 'refused', reason, code), signer);
		let command: ReceivedCommand;
		try {
			command = readCommand(message);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			const hash = new Uint8Array(createHash('sha256').update(message).digest());
			return refuse(hash, { code: error.code, reason: error.detail });
		}
		const { content, hash } = command;
		const before = journal.last(content.commander);
		// It came again because its receipt was lost on the way.
		if (before?.hash === Buffer.from(hash).toString('hex')) {
			return before.receipt === null
				? answer(receiptOf(hash, 'interrupted', 'the device went down while it was obeyed'), signer)
				: new Uint8Array(Buffer.from(before.receipt, 'base64'));
		}
		const terms = {
			application,
			device,
			roster,
			known: allowList.has(content.name),
			last: before?.sequence ?? -1,
			begun: journal.begun,
		};
		const refusal = judgeCommand(command, terms, options.now());
		return refusal === null ? obey(command, signer) : refuse(hash, refusal);
	};

	let waiting = 0;
	return (message) => {
		// A service that sends without end fills no memory here: what is left out comes again.
		if (waiting >= MOST_WAITING) return Promise.resolve(null);
		waiting++;
		const turn = busy.then(() => take(message)).finally(() => waiting--);
		busy = turn.catch(() => {});
		return turn;
	};
};
