import { hours, type Instant, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import {
	appendLeaf,
	type CompactRange,
	emptyCompactRange,
	growthProof,
	leafHash,
	readVerifierKey,
	signatureType,
} from '@keyward/core/ledger';
import type { Clock } from '@keyward/core/port';
import type { SqliteStore } from '@keyward/store';
import type { Log } from '../log/log.ts';
import type { WitnessTerms } from '../site/site-file.ts';
import type { SignedLedger } from './checkpoint-files.ts';
import { leavesOf, sizeOf } from './ledger-leaves.ts';
import { askWitness, type PinnedWitness } from './witness-client.ts';
import { type Offered, readWitnessed, type Witnessed, witnessedBy, writeWitnessed } from './witnessed.ts';

/** How one witness stands to one ledger. */
export interface WitnessStanding {
	readonly witness: string;
	readonly ledger: string;
	/** `contradicts`: it knows another history of this ledger. */
	readonly state: 'waiting' | 'cosigned' | 'unknown' | 'failing' | 'contradicts';
	/** When it cosigned last, by our clock or its own, whichever is earlier. */
	readonly at: Instant | null;
	/** Since when it does not, and why; null while it does. */
	readonly trouble: { readonly since: Instant; readonly why: string } | null;
}

/**
 * Requirement ledger, step witnessed (CR 3.9): every signed checkpoint goes to the witnesses of the site file. Who has the whole
 * site, its signing key included, can sign another history, and cannot make a witness forget the one that it saw.
 */
export interface Witnesses {
	/** Null where the site file names nobody. */
	readonly terms: WitnessTerms | null;
	/** A checkpoint was signed: it is sent in the background. */
	offer(ledger: string, signed: SignedLedger): void;
	/** The last checkpoint of the ledger that a quorum cosigned. */
	last(ledger: string): Witnessed | null;
	/** By when a quorum had seen no larger tree; null without one, and while too many contradict for one. */
	vouchedFor(ledger: string): Instant | null;
	standings(): readonly WitnessStanding[];
	/** Told of each witness that comes to know another history, and of those that do. */
	onFork(listener: (ledger: string, seen: string) => void): void;
	stop(): Promise<void>;
}

/** How often a ledger that did not grow is vouched for again, and how soon one that could not be reached is tried again. */
const AGAIN: Milliseconds = hours(1);
const LOOK: Milliseconds = minutes(1);
const FIRST: Milliseconds = seconds(1);
const MOST: Milliseconds = minutes(5);
/** Checkpoints of a ledger that slow witnesses may still answer. */
const MOST_OFFERED = 64;
const PAGE = 1000;

export interface WitnessesOptions {
	readonly folder: string;
	readonly terms: WitnessTerms | null;
	readonly publicKey: Uint8Array;
	readonly store: SqliteStore;
	readonly clock: Clock;
	readonly log: Pick<Log, 'warn' | 'info'>;
	readonly report: (error: unknown) => void;
}

type Visit = { -readonly [Key in keyof WitnessStanding]: WitnessStanding[Key] } & { size: number; note: string };

export const openWitnesses = async (options: WitnessesOptions): Promise<Witnesses> => {
	const { folder, terms, publicKey, store, clock, log, report } = options;
	const quorum = terms?.quorum ?? 0;
	const pinned = (terms?.of ?? []).map(({ url, key }): PinnedWitness => ({
		...readVerifierKey(key, signatureType.cosignature),
		url,
		verifierKey: key,
	}));
	const witnessed =
		terms === null ? new Map<string, Witnessed>() : await readWitnessed(folder, publicKey, pinned, quorum, clock.now());
	/** By ledger, the newest last. */
	const offers = new Map<string, Offered[]>();
	const visits = new Map<string, Visit>();
	const ending = new AbortController();
	let writing: Promise<void> = Promise.resolve();

	const visitOf = ({ name }: PinnedWitness, ledger: string): Visit => {
		const key = `${name}\n${ledger}`;
		const known = visits.get(key);
		if (known !== undefined) return known;
		const made: Visit = { witness: name, ledger, state: 'waiting', at: null, trouble: null, size: 0, note: '' };
		visits.set(key, made);
		return made;
	};

	/** The right edge at a size: remembered, or made again from the leaves. */
	const edgeAt = async (ledger: string, size: number): Promise<CompactRange> => {
		const edges = [witnessed.get(ledger)?.edge, ...(offers.get(ledger) ?? []).map(({ edge }) => edge)];
		const known = edges.find((edge) => edge?.size === size);
		if (known !== undefined) return known;
		let edge = emptyCompactRange;
		for await (const leaf of leavesFrom(ledger)(0)) {
			if (edge.size === size) return edge;
			edge = appendLeaf(edge, leaf);
		}
		return edge;
	};
	const leavesFrom = (ledger: string) =>
		async function* (first: number): AsyncGenerator<Uint8Array> {
			const read = leavesOf(store, ledger);
			for (let index = first; ;) {
				const leaves = await read(index, PAGE);
				if (leaves.length === 0) return;
				for (const leaf of leaves) yield leafHash(leaf);
				index += leaves.length;
				// The committer's thread is the readings' first.
				await new Promise((resolve) => setImmediate(resolve));
			}
		};

	const forkListeners: ((ledger: string, seen: string) => void)[] = [];
	const forkOf = ({ witness, ledger }: Visit, why: string): string =>
		`The witness ${witness} knows another history of the ledger of ${ledger}: ${why}`;
	const trouble = (visit: Visit, state: WitnessStanding['state'], why: string): void => {
		const { witness, ledger } = visit;
		if (ending.signal.aborted) return;
		if (visit.state !== state)
			log.warn(state === 'contradicts' ? 'a witness knows another history of a ledger' : 'a witness does not vouch', {
				...{ witness, ledger, why },
			});
		if (visit.state !== state && state === 'contradicts')
			for (const listener of forkListeners) listener(visit.ledger, forkOf(visit, why));
		visit.trouble = { since: visit.state === state ? (visit.trouble?.since ?? clock.now()) : clock.now(), why };
		visit.state = state;
	};

	/** Asks one witness about the newest checkpoint of a ledger. */
	const visitOnce = async (witness: PinnedWitness, ledger: string, visit: Visit): Promise<void> => {
		for (let tries = 0; tries < 4; tries++) {
			const offered = offers.get(ledger)?.at(-1);
			if (offered === undefined) return;
			const { size } = offered.edge;
			const old = visit.size;
			const proof =
				old === 0 || old === size ? [] : (await growthProof(await edgeAt(ledger, old), size, leavesFrom(ledger))).proof;
			const asked = clock.now();
			// CR 3.9: a ledger that grew, and whose growth nobody signs, is not vouched for by the cosignature of an old checkpoint.
			const covered = (await sizeOf(store, ledger)) === size ? asked : offered.signed;
			if (covered !== asked && visit.note === offered.note) return;
			const outcome = await askWitness(witness, { old, proof, note: offered.note }, asked, ending.signal);
			if (outcome.kind === 'cosigned') {
				const at = Math.min(covered, outcome.cosignature.at);
				if (visit.trouble !== null) log.info('a witness vouches again', { witness: witness.name, ledger });
				Object.assign(visit, { size, note: offered.note, state: 'cosigned', at, trouble: null });
				offered.cosignatures.set(witness.name, { ...outcome.cosignature, at });
				return take(ledger, offered);
			}
			if (outcome.kind === 'unknown') return trouble(visit, 'unknown', outcome.why);
			if (outcome.kind === 'failed') return trouble(visit, 'failing', outcome.why);
			if (outcome.kind === 'contradicts')
				return trouble(visit, 'contradicts', `what it saw at ${old} leaves is not what this ledger begins with`);
			const newest = offers.get(ledger)?.at(-1)?.edge.size ?? size;
			if (outcome.size > newest)
				return trouble(visit, 'contradicts', `it has seen ${outcome.size} leaves, and this ledger has ${newest}`);
			if (outcome.size === old) return trouble(visit, 'contradicts', `it has seen another tree of ${old} leaves`);
			// It is further than we know, or was put back: the proof begins where it is.
			if (outcome.size < old)
				log.warn('a witness forgot what it cosigned', { witness: witness.name, ledger, size: outcome.size });
			visit.size = outcome.size;
		}
		trouble(visit, 'failing', 'it names another size at each try');
	};

	const take = (ledger: string, offered: Offered): void => {
		const found = witnessedBy(offered, quorum);
		const before = witnessed.get(ledger);
		if (found === null || (before !== undefined && before.edge.size > found.edge.size)) return;
		witnessed.set(ledger, found);
		writing = writing.then(() => writeWitnessed(folder, ledger, found)).catch(report);
	};

	const isDue = (visit: Visit): boolean => {
		const newest = offers.get(visit.ledger)?.at(-1);
		if (newest === undefined) return false;
		return visit.note !== newest.note || visit.trouble !== null || clock.now() - (visit.at ?? 0) >= AGAIN;
	};

	/** Visits every ledger that is due, one after another; one witness does not wait for another. */
	const courier = (witness: PinnedWitness): { kick(): void; stop(): Promise<void> } => {
		let [wait, notBefore] = [FIRST, 0];
		let timer: NodeJS.Timeout | null = null;
		let busy: Promise<void> | null = null;
		let again = false;
		const round = async (): Promise<void> => {
			let failing = false;
			for (const ledger of offers.keys()) {
				const visit = visitOf(witness, ledger);
				if (ending.signal.aborted || !isDue(visit)) continue;
				await visitOnce(witness, ledger, visit).catch((error: unknown) => {
					if (!(error instanceof Problem)) throw error;
					trouble(visit, 'failing', error.detail);
				});
				failing ||= visit.trouble !== null;
			}
			[wait, notBefore] = failing ? [Math.min(wait * 2, MOST), performance.now() + wait] : [FIRST, 0];
		};
		const kick = (): void => {
			if (ending.signal.aborted) return;
			if (busy !== null) {
				again = true;
				return;
			}
			const left = notBefore - performance.now();
			if (left > 0) {
				timer ??= setTimeout(() => {
					timer = null;
					kick();
				}, left);
				return;
			}
			again = false;
			busy = round()
				.catch((error: unknown) => {
					if (!ending.signal.aborted) report(error);
				})
				.finally(() => {
					busy = null;
					if (again || notBefore > 0) kick();
				});
		};
		return {
			kick,
			stop: async () => {
				if (timer !== null) clearTimeout(timer);
				await busy;
			},
		};
	};
	const couriers = pinned.map(courier);
	const looking = setInterval(() => couriers.forEach(({ kick }) => kick()), LOOK);

	return {
		terms,
		offer: (ledger, { note, edge }) => {
			if (pinned.length === 0) return;
			const known = offers.get(ledger) ?? [];
			if (known.at(-1)?.note === note) return;
			offers.set(ledger, [...known, { note, edge, signed: clock.now(), cosignatures: new Map() }].slice(-MOST_OFFERED));
			for (const { kick } of couriers) kick();
		},
		last: (ledger) => witnessed.get(ledger) ?? null,
		vouchedFor: (ledger) => {
			const against = [...visits.values()].filter((one) => one.ledger === ledger && one.state === 'contradicts');
			// One that errs or lies does not take the word of a quorum of others away.
			return against.length > pinned.length - quorum ? null : (witnessed.get(ledger)?.at ?? null);
		},
		standings: () =>
			[...visits.values()].map(({ witness, ledger, state, at, trouble: told }) => ({
				...{ witness, ledger, state, at, trouble: told },
			})),
		onFork: (listener) => {
			forkListeners.push(listener);
			for (const visit of visits.values())
				if (visit.state === 'contradicts') listener(visit.ledger, forkOf(visit, visit.trouble?.why ?? ''));
		},
		stop: async () => {
			clearInterval(looking);
			ending.abort();
			await Promise.all(couriers.map((one) => one.stop()));
			await writing;
		},
	};
};
