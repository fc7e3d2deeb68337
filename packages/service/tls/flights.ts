import { type Bytes, type Milliseconds, seconds } from '@keyward/core';
import { subscriberOf } from '../http/peer-limits.ts';
import { createKnownNetworks } from './known-networks.ts';

/** What a peer sent in its handshake and OpenSSL has not seen (RFC 8446 §2: a flight of messages). */
export interface Flight {
	/** Where it comes from (`networkOf`). */
	readonly network: string;
	/** Bytes of all flights of this handshake so far. */
	readonly size: number;
	/** Has OpenSSL read it. True when a certificate of ours was proved by it. */
	give(): boolean;
}

/** Says whose flight is read when. */
export interface Flights {
	/** True when it was read at once. */
	ask(flight: Flight): boolean;
	/** Its connection is gone. */
	forget(flight: Flight): void;
	stop(): void;
}

/** Flights are read for so long before those that are connected are served. */
const slice: Milliseconds = 4;
/** A flight costs too much that takes longer, or so many times what those took that proved a certificate. */
const usual: Milliseconds = 2;
const leeway = 4;
/** So many times as long as it took too long, its network rests: a quarter of the time is for such. */
const rest = 3;

/** A device's flight is no longer, with P-256 or RSA-2048 and one CA: so long, it costs thirty milliseconds at worst. */
const ordinary: Bytes = 3072;

type Line = Map<string, Set<Flight>>;

/** Processor time of this thread. */
const spent = (): Milliseconds => {
	const { user, system } = process.threadCpuUsage();
	return (user + system) / 1000;
};

/**
 * CR 7.1: what a client shows as its certificates is checked to the end before anybody can say that it leads nowhere: `X509_verify_cert`
 * goes on after an error, because Node asks it to. So one flight can cost as much as a hundred devices. It is read in turns: first of
 * networks from which a device came before, then of others, and last what is longer than a device's or of networks that cost too much before; of one network
 * the shortest. What cost too much and proved nothing has its network rest; without a device before, all such networks.
 * While nobody waits, a device's is read as it comes.
 */
export const createFlights = (
	isKnown: (network: string) => boolean,
	clock: () => Milliseconds = () => performance.now(),
	used: () => Milliseconds = spent,
): Flights => {
	const costly = createKnownNetworks();
	const known: Line = new Map();
	const fresh: Line = new Map();
	const last: Line = new Map();
	const lines = [known, fresh, last] as const;
	/** When networks may go on; all that are not known together. */
	const rests = new Map<string, Milliseconds>();
	let othersRest: Milliseconds = 0;
	let took: Milliseconds = 0;
	let scheduled = false;
	let timer: NodeJS.Timeout | null = null;
	/** What flights that were read at once took in this turn of the loop; null before the first. */
	let ahead: Milliseconds | null = null;

	const lineOf = ({ network, size }: Flight): Line =>
		isKnown(network) ? known : costly.has(subscriberOf(network)) || size > ordinary ? last : fresh;
	/** Whose turn it is in that line. */
	const turnOf = (line: Line, network: string): string => (line === known ? network : subscriberOf(network));

	const forget = (flight: Flight): void => {
		for (const line of lines) {
			const whose = turnOf(line, flight.network);
			const waiting = line.get(whose);
			if (waiting?.delete(flight) === true && waiting.size === 0) line.delete(whose);
		}
	};

	const until = (line: Line, network: string): Milliseconds =>
		line === known ? (rests.get(network) ?? 0) : othersRest;

	/** The next one, out of its line; or how long nobody's turn is; null when nobody waits. */
	const next = (now: Milliseconds): Flight | Milliseconds | null => {
		let soonest = Number.POSITIVE_INFINITY;
		for (const line of lines) {
			for (const [network, waiting] of line) {
				const from = until(line, network);
				if (from > now) {
					soonest = Math.min(soonest, from);
					continue;
				}
				let first: Flight | null = null;
				for (const flight of waiting) if (first === null || flight.size < first.size) first = flight;
				if (first === null) continue;
				// To the end of the line.
				line.delete(network);
				waiting.delete(first);
				if (waiting.size > 0) line.set(network, waiting);
				return first;
			}
		}
		return soonest === Number.POSITIVE_INFINITY ? null : soonest - now;
	};

	const charge = (network: string, cost: Milliseconds): void => {
		const over = rest * (cost - Math.max(usual, leeway * took));
		if (over <= 0) return;
		costly.add(subscriberOf(network));
		const now = clock();
		if (!isKnown(network)) {
			othersRest = now + over;
			return;
		}
		for (const [name, end] of rests) if (end <= now) rests.delete(name);
		rests.set(network, now + over);
	};

	/** Has it read, at that processor time; gives the one after. */
	const read = (flight: Flight, before: Milliseconds): Milliseconds => {
		const proved = flight.give();
		const after = used();
		if (!proved) charge(flight.network, after - before);
		else {
			took += (after - before - took) / 8;
			costly.forget(subscriberOf(flight.network));
		}
		return after;
	};

	/** Nobody waits who would come before it, and devices' flights of this turn have not taken their time. */
	const mayAtOnce = (flight: Flight): boolean =>
		flight.size <= ordinary &&
		known.size + fresh.size + last.size === 0 &&
		lineOf(flight) === known &&
		(ahead ?? 0) < slice &&
		until(known, flight.network) <= clock();

	const readAtOnce = (flight: Flight): void => {
		if (ahead === null) setImmediate(() => (ahead = null));
		const before = used();
		ahead = (ahead ?? 0) + read(flight, before) - before;
	};

	const turn = (): void => {
		scheduled = false;
		const begun = used();
		let before = begun;
		while (before - begun < slice) {
			const flight = next(clock());
			if (flight === null) return;
			if (typeof flight === 'number') {
				timer ??= setTimeout(
					() => {
						timer = null;
						schedule();
					},
					Math.min(flight, seconds(1)),
				);
				return;
			}
			before = read(flight, before);
		}
		schedule();
	};

	const schedule = (): void => {
		if (scheduled) return;
		scheduled = true;
		setImmediate(turn);
	};

	return {
		ask: (flight) => {
			if (mayAtOnce(flight)) {
				readAtOnce(flight);
				return true;
			}
			const line = lineOf(flight);
			const whose = turnOf(line, flight.network);
			const waiting = line.get(whose) ?? new Set<Flight>();
			line.set(whose, waiting.add(flight));
			schedule();
			return false;
		},
		forget,
		stop: () => {
			if (timer !== null) clearTimeout(timer);
		},
	};
};
