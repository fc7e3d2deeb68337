import { hash } from 'node:crypto';
import type { Operation } from '@keyward/contract';
import { hours, type Milliseconds, Problem, statusOf } from '@keyward/core';
import type { Clock, KeyedCall, KeyedCallStore } from '@keyward/core/port';
import { digestOf } from '../people/approvals.ts';

/** draft-ietf-httpapi-idempotency-key-header-07 §2.3: how long a key stands for its call. */
const KEPT: Milliseconds = hours(24);
/** CR 7.1: of one caller; the oldest makes room. */
const EACH = 1000;
/** CR 7.1: of all callers of one kind, so that devices push no person's out. */
const ALL = 10_000;
/** Characters of an answer that are kept over a restart. */
const LONGEST_ANSWER = 16_384;

/** Calls that came with an idempotency key: the same again is answered again and not done again, also after a restart. */
export interface KeyedCalls {
	/** Whether this caller used this key before, for whatever. */
	knows(who: string, key: string): boolean;
	/**
	 * Does the work between two durable entries, or gives the answer that it had. Throws what `work` throws, and `Problem` with
	 * `idempotency-key-reused`, `idempotency-key-in-use` or `idempotency-done`. A call that was refused may be made again.
	 */
	during<Result>(
		call: {
			readonly who: string;
			readonly key: string;
			readonly operation: Operation;
			readonly input: unknown;
			/** It was allowed as a repetition, and must not be done as another call (CR 2.1 RE(4)). */
			readonly isRepeated: boolean;
		},
		work: () => Promise<Result>,
	): Promise<Result>;
	/** Forgets what is older than it is kept. */
	forget(): Promise<void>;
}

const idOf = (who: string, key: string): string => hash('sha256', JSON.stringify([who, key]), 'hex');

/** `person anna` is of the kind `person`. */
const kindOf = (who: string): string => who.split(' ', 1)[0] ?? who;

/** What was refused did nothing. Of a bug or a failing disk nobody knows how far it came. */
const didNothing = (error: unknown): boolean =>
	error instanceof Problem && (statusOf(error.code) < 500 || error.code === 'service-busy');

const inUse = (): Problem =>
	new Problem('idempotency-key-in-use', 'The call with this idempotency key is under way: ask again when it is done.');

const notAgain = ({ operation, at, ended }: KeyedCall): Problem => {
	const when = new Date(ended ?? at).toISOString();
	return new Problem(
		'idempotency-done',
		ended === null
			? `${operation} was begun at ${when} under this idempotency key, and how it ended is not known: look with keyward audit, and what it was about, before you call with a new key.`
			: `${operation} was done at ${when} under this idempotency key; its answer was a secret or too long to be kept over a restart. Look with keyward audit; for another answer call with a new key.`,
	);
};

export const openKeyedCalls = async (store: KeyedCallStore, clock: Clock): Promise<KeyedCalls> => {
	const calls = new Map((await store.keyedCalls()).map((one) => [one.id, one]));
	const underWay = new Set<string>();
	/** Those that the store does not keep. */
	const inMemory = new Map<string, string>();

	const remove = (ids: readonly string[]): void => {
		for (const id of ids) {
			calls.delete(id);
			inMemory.delete(id);
		}
	};
	const find = (id: string): KeyedCall | undefined => {
		const found = calls.get(id);
		return found === undefined || (found.at <= clock.now() - KEPT && !underWay.has(id)) ? undefined : found;
	};
	const over = (): string[] => {
		const before = clock.now() - KEPT;
		return [...calls.values()].filter(({ id, at }) => at <= before && !underWay.has(id)).map(({ id }) => id);
	};
	/** The oldest, where there is no room for another of this caller. */
	const crowded = (who: string): string[] => {
		const idle = [...calls.values()].filter(({ id }) => !underWay.has(id));
		const own = idle.filter((one) => one.who === who);
		if (own.length >= EACH) return own.slice(0, own.length - EACH + 1).map(({ id }) => id);
		const alike = idle.filter((one) => kindOf(one.who) === kindOf(who));
		return alike.slice(0, Math.max(0, alike.length - ALL + 1)).map(({ id }) => id);
	};

	const again = (known: KeyedCall, fingerprint: string): unknown => {
		// §2.7: 422, 409.
		if (known.fingerprint !== fingerprint)
			throw new Problem(
				'idempotency-key-reused',
				'This idempotency key stands for another call: another operation or another body. Make a new key for each call.',
			);
		if (underWay.has(known.id)) throw inUse();
		const answer = inMemory.get(known.id) ?? known.answer;
		if (answer === null) throw notAgain(known);
		return JSON.parse(answer);
	};

	return {
		knows: (who, key) => find(idOf(who, key)) !== undefined,
		during: async <Result>(
			{ who, key, operation, input, isRepeated }: Parameters<KeyedCalls['during']>[0],
			work: () => Promise<Result>,
		): Promise<Result> => {
			const id = idOf(who, key);
			// Bound to the key, which is not kept: what the input was cannot be guessed from it.
			const fingerprint = hash('sha256', JSON.stringify([key, digestOf(operation.name, input)]), 'hex');
			const known = find(id);
			// What this very operation answered to this very input.
			if (known !== undefined) return again(known, fingerprint) as Result;
			if (isRepeated) throw inUse();
			const call = {
				...{ id, who, operation: operation.name, fingerprint },
				...{ at: clock.now(), ended: null, answer: null },
			};
			const gone = [...new Set([...over(), ...crowded(who)])];
			// Taken before anything is waited for: of two at once, one is done.
			remove(gone);
			calls.set(id, call);
			underWay.add(id);
			try {
				try {
					await store.putKeyedCall(call, gone);
				} catch (error) {
					remove([id]);
					throw error;
				}
				const result = await work().catch(async (error: unknown) => {
					if (didNothing(error)) {
						await store.dropKeyedCalls([id]);
						remove([id]);
					}
					throw error;
				});
				const answer = JSON.stringify(result);
				const isKept = operation.secretAnswer !== true && answer.length <= LONGEST_ANSWER;
				const done = { ...call, ended: clock.now(), answer: isKept ? answer : null };
				calls.set(id, done);
				if (!isKept) inMemory.set(id, answer);
				await store.putKeyedCall(done, []);
				return result;
			} finally {
				underWay.delete(id);
			}
		},
		forget: async () => {
			const gone = over();
			remove(gone);
			if (gone.length > 0) await store.dropKeyedCalls(gone);
		},
	};
};
