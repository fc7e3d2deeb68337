import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import { handleName, TPM_RC, TPM_RH } from '@keyward/core/tpm2';
import { TPM2_Shutdown } from './commands/start-up.ts';
import type { Executor } from './protocol/executor.ts';
import type { Handle, Loaded } from './protocol/handle.ts';
import { freeSavedSessions, makeReady } from './make-ready.ts';
import { readTcti } from './tcti.ts';
import { hasResponseCode } from './protocol/tpm-error.ts';
import { HEADER_SIZE, responseSize, type Transport, unreachable } from './transport.ts';

export interface TpmOptions {
	/** How long one command may take. An RSA primary key takes a slow part a minute. Default: two minutes. */
	readonly timeout?: Milliseconds;
	/** How long a TPM may answer "later" to one command. Default: 30 seconds. */
	readonly patience?: Milliseconds;
	/** Authorization values of hierarchies; empty by default, as in most devices. From a file or prompt, never an argument. */
	readonly ownerAuth?: Uint8Array;
	readonly endorsementAuth?: Uint8Array;
	/** With a transport of one's own: that a resource manager stands behind it. Default: none does, and the slots are ours. */
	readonly resourceManager?: boolean;
}

/** What a TPM answers that has lost what was loaded. */
const lost: readonly number[] = [TPM_RC.INITIALIZE, TPM_RC.HANDLE, TPM_RC.REFERENCE_H0, TPM_RC.REFERENCE_S0];
/** What it answers when saved sessions are in the way of new ones. */
const crowded: readonly number[] = [
	TPM_RC.TOO_MANY_CONTEXTS,
	TPM_RC.CONTEXT_GAP,
	TPM_RC.SESSION_MEMORY,
	TPM_RC.SESSION_HANDLES,
];
const later: readonly number[] = [TPM_RC.RETRY, TPM_RC.YIELDED, TPM_RC.TESTING, TPM_RC.NV_RATE];

/**
 * One TPM. Commands go to it one at a time, are repeated while it answers "later", and have a time limit. A connection that is
 * lost is opened again by the next command. What was loaded before a lost connection or a reset is gone; see `generation`.
 */
export class Tpm implements Executor {
	readonly #open: () => Promise<Transport>;
	readonly #managed: boolean;
	readonly #options: TpmOptions;
	#transport: Transport | null = null;
	#generation = 0;
	#unorderly = false;
	#commands: Promise<unknown> = Promise.resolve();
	#operations: Promise<unknown> = Promise.resolve();
	#resident: { readonly owner: object; readonly loaded: Loaded } | null = null;

	/** `managed` says that a resource manager stands between, so that starting and freeing slots is not for us. */
	constructor(open: () => Promise<Transport>, managed: boolean, options: TpmOptions) {
		this.#open = open;
		this.#managed = managed;
		this.#options = options;
	}

	/** Grows with each connection, its end, and each reset that was noticed: a handle of an earlier generation means nothing. */
	get generation(): number {
		return this.#generation;
	}

	/** OWNER or ENDORSEMENT, with its authorization value. */
	hierarchy(handle: number): Handle {
		const { ownerAuth, endorsementAuth } = this.#options;
		const authValue = handle === TPM_RH.OWNER ? ownerAuth : handle === TPM_RH.ENDORSEMENT ? endorsementAuth : null;
		return { handle, name: handleName(handle), authValue: authValue ?? new Uint8Array() };
	}

	/**
	 * Sends one marshalled command and gives the response, whose code may be an error but not "later". Throws
	 * `Problem('tpm-unreachable')` when the TPM is gone, too slow, or keeps saying "later".
	 */
	execute(command: Uint8Array): Promise<Uint8Array> {
		const result = this.#commands.then(() => this.#answered(command));
		this.#commands = result.catch(() => {});
		return result;
	}

	/**
	 * Runs operations of several commands one after the other, each beginning with nothing of ours loaded: without a resource
	 * manager a TPM has three slots. An operation must not wait for another.
	 */
	operation<T>(steps: () => Promise<T>): Promise<T> {
		return this.#queue(async () => {
			await this.#vacate();
			return steps();
		});
	}

	/**
	 * Runs one operation with this key, which stays loaded for the next one. `use` must do no harm when it is done twice: after
	 * a reset the key is loaded again and `use` repeated, once.
	 */
	withKey<T>(owner: object, load: () => Promise<Loaded>, use: (key: Loaded) => Promise<T>): Promise<T> {
		return this.#queue(async () => {
			try {
				return await use(await this.#residentFor(owner, load));
			} catch (error) {
				if (!hasResponseCode(error, ...lost)) throw error;
				this.#resident = null;
				return use(await this.#residentFor(owner, load));
			}
		});
	}

	/** To be called when a key with dictionary attack protection is loaded: {@link close} then shuts the TPM down in order. */
	protectedKeyUsed(): void {
		this.#unorderly = true;
	}

	/** Lets go of the TPM, after the operations under way. One that comes later connects again. */
	async close(): Promise<void> {
		await this.#queue(() => this.#vacate()).catch(() => {});
		const result = this.#commands.then(() => this.#shutDown());
		this.#commands = result;
		await result;
		await this.#drop();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	#queue<T>(steps: () => Promise<T>): Promise<T> {
		const result = this.#operations.then(steps);
		this.#operations = result.catch(() => {});
		return result;
	}

	async #residentFor(owner: object, load: () => Promise<Loaded>): Promise<Loaded> {
		if (this.#transport?.lost === true) void this.#drop();
		const current = this.#transport !== null && this.#resident?.loaded.generation === this.#generation;
		if (current && this.#resident?.owner === owner) return this.#resident.loaded;
		await this.#vacate();
		const loaded = await load();
		this.#resident = { owner, loaded };
		return loaded;
	}

	async #vacate(): Promise<void> {
		const loaded = this.#resident?.loaded;
		this.#resident = null;
		await loaded?.[Symbol.asyncDispose]();
	}

	async #answered(command: Uint8Array): Promise<Uint8Array> {
		if (this.#transport?.lost === true) void this.#drop();
		try {
			this.#transport ??= await this.#connect();
			const connection = this.#patient(this.#transport);
			const response = await connection.execute(command);
			if (responseCode(response) === TPM_RC.INITIALIZE) {
				// The operation that meets the reset fails; the next one finds a TPM that was started.
				this.#generation += 1;
				await this.#makeReady(connection);
			}
			if (this.#managed || !crowded.includes(responseCode(response))) return response;
			// Part 1 §30.5: sessions that somebody saved and never brought back keep new ones out, across resets too.
			await freeSavedSessions(connection);
			return await connection.execute(command);
		} catch (error) {
			// A late answer would be taken for that to the next command: the connection is not used again. Closing waits for a
			// read that hangs, so nobody waits for the closing.
			void this.#drop();
			throw error;
		}
	}

	async #connect(): Promise<Transport> {
		const transport = await this.#open();
		this.#generation += 1;
		try {
			await this.#makeReady(this.#patient(transport));
			return transport;
		} catch (error) {
			// Such a TPM takes one connection: one that is left open keeps every later try out.
			void transport.close().catch(() => {});
			throw error;
		}
	}

	/** Asks again while the TPM answers "later", all in all for as long as its patience: at opening too, as after a self-test. */
	#patient(transport: Transport): Executor {
		const until = Date.now() + (this.#options.patience ?? seconds(30));
		const execute = async (command: Uint8Array): Promise<Uint8Array> => {
			for (let pause = 2; ; pause = Math.min(pause * 2, 500)) {
				const response = await this.#exchange(transport, command);
				if (!later.includes(responseCode(response))) return response;
				if (Date.now() + pause > until) throw unreachable('The TPM keeps answering that it is busy');
				await sleep(pause);
			}
		};
		return { execute };
	}

	async #exchange(transport: Transport, command: Uint8Array): Promise<Uint8Array> {
		const response = await withinTime(transport.send(command), this.#options.timeout ?? minutes(2));
		if (responseSize(response) !== response.length) {
			throw new Problem('tpm-malformed', 'The response of the TPM is cut short, or something follows it.');
		}
		return response;
	}

	async #makeReady(connection: Executor): Promise<void> {
		if (!this.#managed) await makeReady(connection);
	}

	/**
	 * Part 1 §19.8.6: after a key with dictionary attack protection was used, the TPM counts a start without TPM2_Shutdown as a
	 * wrong PIN. A resource manager shuts down when the device does; here it is for us, and only then, for each costs a write.
	 */
	async #shutDown(): Promise<void> {
		const transport = this.#transport;
		if (this.#managed || !this.#unorderly || transport === null || transport.lost === true) return;
		try {
			await TPM2_Shutdown(this.#patient(transport), { shutdownType: 'CLEAR' });
			this.#unorderly = false;
		} catch (error) {
			// A caller that closes has what it wanted, and the next one that closes shuts down.
			if (!(error instanceof Problem)) throw error;
		}
	}

	async #drop(): Promise<void> {
		const transport = this.#transport;
		this.#transport = null;
		// What was loaded is gone with the connection: nobody connects again to free it.
		if (transport !== null) this.#generation += 1;
		// What broke is told by the error that led here.
		await transport?.close().catch(() => {});
	}
}

const responseCode = (response: Uint8Array): number =>
	new DataView(response.buffer, response.byteOffset, HEADER_SIZE).getUint32(6);

const withinTime = async <T>(answer: Promise<T>, limit: Milliseconds): Promise<T> => {
	const timer = new AbortController();
	const late = sleep(limit, null, { signal: timer.signal }).then(() => {
		throw unreachable(`The TPM did not answer within ${limit} ms`);
	});
	// Whichever comes second is of no interest.
	late.catch(() => {});
	answer.catch(() => {});
	try {
		return await Promise.race([answer, late]);
	} finally {
		timer.abort();
	}
};

/**
 * Opens the TPM that `tcti` names as tpm2-tools does (`device:/dev/tpmrm0`, `swtpm:path=…`, `tabrmd`), or one behind a
 * transport of one's own. Connects with the first command. Throws `Problem('tpm-unreachable')` for a name that it does not know.
 */
export const openTpm = (where: string | (() => Promise<Transport>), options: TpmOptions = {}): Tpm => {
	if (typeof where !== 'string') return new Tpm(where, options.resourceManager ?? false, options);
	const { open, resourceManager } = readTcti(where);
	return new Tpm(open, resourceManager, options);
};
