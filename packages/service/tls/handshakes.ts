import type { Socket } from 'node:net';
import type { Milliseconds } from '@keyward/core';
import { networkOf, subscriberOf } from '../http/peer-limits.ts';
import { destroyOnError } from './destroy-on-error.ts';
import { createDeviceNetworks, type DeviceNetworks } from './device-networks.ts';

/** Handshakes under way of one network, and of all that are known or all that are not; connections that wait for theirs; begun in one turn. */
const bounds = { ofNetwork: 256, ofAll: 512, waiting: 8192, atOnce: 8 } as const;

/**
 * Anyone who takes longer makes room when others wait; or, if that is more, longer than so many times what those took that proved a
 * certificate. Under a second, so that who began after one tick goes with the next.
 */
const usual: Milliseconds = 900;
const leeway = 4;
/** One in so many places is not taken from the slow, so that it is seen whether they are devices: what is usual follows these. */
const spared = 8;
/** A peer is not to blame for the line here: it may wait so many times the patience, about the 30 s after which MQTT.js gives up by itself. */
const inLine = 3;

/** What a connection is told apart by from all others that are open, on either layer of TLS. */
type End = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>;
const keyOf = ({ remoteAddress, remotePort, localAddress }: End): string =>
	`${remoteAddress} ${remotePort} ${localAddress}`;

/** Lets connections begin their handshakes, few at a time. */
export interface Handshakes {
	/** A connection was accepted, and nothing of it was read. */
	arrive(socket: Socket): void;
	/** The handshake on this connection is over; `proved` is the certificate of ours that it proved, by its fingerprint. Gives whether it counts. */
	over(end: End, proved: string | null): boolean;
	/** Whether a device came from that network before. */
	known(network: string): boolean;
	/** To be called with each tick: those that wait too long go, and those that hold others up. */
	look(patience: Milliseconds): void;
	/** Ends all that have not come to the end of their handshake. */
	close(): void;
}

interface Peer {
	readonly socket: Socket;
	readonly key: string;
	/** As it is known where a device came from it. */
	readonly from: string;
	readonly network: Network;
	/** When it came, and then when its handshake began. */
	since: Milliseconds;
	/** Called when its connection is closed before its handshake is over. */
	readonly gone: () => void;
}

/** What a handshake took of late that proved a certificate of ours. */
interface Pace {
	took: Milliseconds;
}

interface Network extends Pace {
	readonly name: string;
	readonly running: Set<Peer>;
	readonly waiting: Set<Peer>;
	pool: Pool;
}

/** Networks that share places. */
interface Pool extends Pace {
	readonly networks: Set<Network>;
	/** Those in which somebody waits, in their turn. */
	readonly turns: Set<Network>;
	running: number;
	waiting: number;
}

const newPool = (): Pool => ({ networks: new Set(), turns: new Set(), running: 0, waiting: 0, took: 0 });

const note = (pace: Pace, took: Milliseconds): void => void (pace.took += (took - pace.took) / 8);

/**
 * CR 7.1: a handshake costs us signatures and memory before anybody has said who it is. Networks take turns, so that one
 * with thousands of connections holds only itself up; between two turns of a few, those that are connected are served. Half of the places
 * are for networks from which a device came before: who has thousands of addresses and no certificate does not keep those out.
 *
 * What is long depends on what devices took: when thousands come back to a slow machine, or are slow themselves, each takes seconds,
 * and to end all of them after one would let nobody in, however often they tried. Anyone without a certificate has no say in it.
 */
export const createHandshakes = (
	begin: (socket: Socket) => void,
	refused: () => void,
	clock: () => Milliseconds = () => performance.now(),
	known: Pick<DeviceNetworks, 'has' | 'came'> = createDeviceNetworks(),
): Handshakes => {
	const networks = new Map<string, Network>();
	const peers = new Map<string, Peer>();
	const [ofKnown, ofOthers] = [newPool(), newPool()];
	const pools = [ofKnown, ofOthers] as const;
	let scheduled = false;

	const schedule = (): void => {
		if (scheduled) return;
		scheduled = true;
		setImmediate(next);
	};

	const enter = (network: Network, pool: Pool): void => {
		network.pool = pool;
		pool.networks.add(network);
		pool.running += network.running.size;
		pool.waiting += network.waiting.size;
		if (network.waiting.size > 0) pool.turns.add(network);
	};

	const exit = (network: Network): void => {
		const { pool, running, waiting } = network;
		pool.networks.delete(network);
		pool.turns.delete(network);
		pool.running -= running.size;
		pool.waiting -= waiting.size;
	};

	/** CR 7.1: one from which no device came counts with all that its subscriber may have. */
	const networkFor = (from: string): Network => {
		const isKnown = known.has(from);
		const name = isKnown ? from : subscriberOf(from);
		const before = networks.get(name);
		if (before !== undefined) return before;
		const pool = isKnown ? ofKnown : ofOthers;
		const network: Network = { name, running: new Set(), waiting: new Set(), took: 0, pool };
		networks.set(name, network);
		enter(network, pool);
		return network;
	};

	const forgetEmpty = (network: Network): void => {
		if (network.waiting.size + network.running.size > 0) return;
		networks.delete(network.name);
		exit(network);
	};

	const leave = (peer: Peer): void => {
		const { network, key, socket, gone } = peer;
		const { pool, waiting, running } = network;
		// Nothing of this is kept for the connection's whole life.
		socket.off('close', gone);
		if (peers.get(key) === peer) peers.delete(key);
		if (waiting.delete(peer)) pool.waiting--;
		else if (running.delete(peer)) pool.running--;
		else return;
		if (waiting.size === 0) pool.turns.delete(network);
		forgetEmpty(network);
		schedule();
	};

	const drop = (peer: Peer): void => {
		refused();
		leave(peer);
		peer.socket.destroy();
	};

	/** Begins up to so many; gives how many of them are left. */
	const serve = (pool: Pool, most: number): number => {
		let left = most;
		for (const network of pool.turns) {
			if (left === 0 || pool.running >= bounds.ofAll) break;
			const { waiting, running } = network;
			const [peer] = waiting;
			if (peer === undefined || running.size >= bounds.ofNetwork) continue;
			waiting.delete(peer);
			pool.waiting--;
			running.add(peer);
			pool.running++;
			peer.since = clock();
			// To the end of the line, where this loop comes to it again.
			pool.turns.delete(network);
			if (waiting.size > 0) pool.turns.add(network);
			left--;
			begin(peer.socket);
		}
		return left;
	};

	const next = (): void => {
		scheduled = false;
		const lines = pools.filter(({ turns }) => turns.size > 0);
		const left = lines.map((pool) => serve(pool, bounds.atOnce / lines.length));
		if (left.includes(0)) schedule();
	};

	/** Each has a fair part of the line once it is full, until it is full twice over: thousands of parts would be ten lines. */
	const mayWait = ({ waiting, pool }: Network): boolean => {
		const free = 2 * bounds.waiting - pool.waiting;
		const part = free > bounds.waiting ? bounds.waiting : Math.floor(bounds.waiting / pool.networks.size);
		return free > 0 && waiting.size < part;
	};

	const makeRoom = (held: readonly Peer[], { took }: Pace, places: number, patience: Milliseconds): void => {
		const now = clock();
		const longest = Math.min(patience / 2, Math.max(usual, leeway * took));
		let kept = 0;
		for (const peer of held.toSorted((one, other) => one.since - other.since)) {
			const age = now - peer.since;
			if (age <= longest) break;
			if (age <= patience / 2 && kept < places / spared) kept++;
			else drop(peer);
		}
	};

	/** Networks with no more than their part are not asked for room. */
	const holders = ({ networks: all }: Pool): Peer[] => {
		const busy = Array.from(all).filter(({ running }) => running.size > 0);
		const part = Math.floor(bounds.ofAll / busy.length);
		return busy.filter(({ running }) => running.size >= part).flatMap(({ running }) => [...running]);
	};

	return {
		arrive: (socket) => {
			destroyOnError(socket);
			const { remoteAddress } = socket;
			// Reset before it was accepted: as it is not read, nothing else would tell.
			if (remoteAddress === undefined) return void socket.destroy();
			const key = keyOf(socket);
			const before = peers.get(key);
			// The same port again: its last connection is over, which is not heard while it is not read.
			if (before !== undefined) {
				leave(before);
				before.socket.destroy();
			}
			const from = networkOf(remoteAddress);
			const network = networkFor(from);
			if (!mayWait(network)) {
				refused();
				socket.destroy();
				forgetEmpty(network);
				return;
			}
			const peer: Peer = { socket, key, from, network, since: clock(), gone: () => leave(peer) };
			peers.set(key, peer);
			network.waiting.add(peer);
			network.pool.waiting++;
			network.pool.turns.add(network);
			socket.once('close', peer.gone);
			schedule();
		},
		over: (end, proved) => {
			const peer = peers.get(keyOf(end));
			if (peer === undefined || !peer.network.running.has(peer)) return proved !== null;
			const { from, network, since } = peer;
			const counts = proved !== null && known.came(from, proved);
			if (counts) {
				note(network, clock() - since);
				note(network.pool, clock() - since);
				if (network.name === from && network.pool === ofOthers) {
					exit(network);
					enter(network, ofKnown);
				}
			}
			leave(peer);
			return counts;
		},
		known: known.has,
		look: (patience) => {
			const now = clock();
			for (const { waiting } of networks.values()) {
				for (const peer of waiting) {
					if (now - peer.since <= inLine * patience) break;
					drop(peer);
				}
			}
			for (const pool of pools) {
				if (pool.turns.size === 0) continue;
				if (pool.running >= bounds.ofAll) makeRoom(holders(pool), pool, bounds.ofAll, patience);
				for (const network of pool.turns) {
					const { running } = network;
					if (running.size >= bounds.ofNetwork) makeRoom([...running], network, bounds.ofNetwork, patience);
				}
			}
		},
		close: () => {
			for (const { socket } of peers.values()) socket.destroy();
		},
	};
};
