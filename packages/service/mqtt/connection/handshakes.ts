import type { Socket } from 'node:net';
import type { Milliseconds } from '@keyward/core';

/** Handshakes under way of one address and of all; connections of one address that wait for theirs; begun in one turn. */
const bounds = { ofAddress: 256, ofAll: 1024, waiting: 8192, atOnce: 8 } as const;

/** Anyone who takes longer makes room when others of the address wait; or, if that is more, longer than so many times what those took that are over. */
const usual: Milliseconds = 1000;
const leeway = 4;
/** A peer is not to blame for the line here: it may wait so many times the patience, about the 30 s after which MQTT.js gives up by itself. */
const inLine = 3;

/** Lets connections begin their handshakes, few at a time. */
export interface Handshakes {
	/** A connection was accepted, and nothing of it was read. */
	arrive(socket: Socket): void;
	/** Its handshake is over; the same address and port as the socket's. */
	over(remoteAddress: string | undefined, remotePort: number | undefined): void;
	/** To be called with each tick: those that wait too long go, and those that hold others up. */
	look(patience: Milliseconds): void;
}

interface Address {
	readonly running: Map<string, { readonly socket: Socket; readonly began: number }>;
	readonly waiting: Map<string, { readonly socket: Socket; readonly came: number }>;
	/** What a handshake took of late, and how many were over since the last look. */
	took: Milliseconds;
	over: number;
}

/**
 * CR 7.1: a handshake costs us signatures and memory before anybody has said who it is. Addresses take turns, so that one
 * with thousands of connections holds only itself up; between two turns of a few, those that are connected are served.
 *
 * What is long depends on what the others of the address took: when thousands of devices come back to a slow machine through one gateway,
 * or are slow themselves, each takes seconds, and to end all of them after one would let nobody in, however often they tried.
 */
export const createHandshakes = (
	begin: (socket: Socket) => void,
	refused: () => void,
	clock: () => Milliseconds = () => performance.now(),
): Handshakes => {
	const addresses = new Map<string, Address>();
	let running = 0;
	let scheduled = false;

	const keyOf = (address: string | undefined, port: number | undefined): string => `${address} ${port}`;

	const schedule = (): void => {
		if (scheduled) return;
		scheduled = true;
		setImmediate(next);
	};

	const leave = (name: string, key: string): void => {
		const address = addresses.get(name);
		if (address === undefined) return;
		address.waiting.delete(key);
		if (address.running.delete(key)) running--;
		if (address.waiting.size + address.running.size === 0) addresses.delete(name);
		schedule();
	};

	const next = (): void => {
		scheduled = false;
		let left: number = bounds.atOnce;
		for (const [name, address] of addresses) {
			if (left === 0 || running >= bounds.ofAll) break;
			const [first] = address.waiting;
			if (first === undefined || address.running.size >= bounds.ofAddress) continue;
			const [key, { socket }] = first;
			address.waiting.delete(key);
			address.running.set(key, { socket, began: clock() });
			running++;
			left--;
			// To the end of the line, where this loop comes to it again.
			addresses.delete(name);
			addresses.set(name, address);
			begin(socket);
		}
		if (left === 0) schedule();
	};

	return {
		arrive: (socket) => {
			const name = socket.remoteAddress ?? '';
			const key = keyOf(socket.remoteAddress, socket.remotePort);
			const address: Address = addresses.get(name) ?? { running: new Map(), waiting: new Map(), took: 0, over: 0 };
			socket.on('error', () => socket.destroy());
			if (address.waiting.size >= bounds.waiting) {
				refused();
				socket.destroy();
				return;
			}
			addresses.set(name, address);
			address.waiting.set(key, { socket, came: clock() });
			socket.once('close', () => leave(name, key));
			schedule();
		},
		over: (remoteAddress, remotePort) => {
			const [name, key] = [remoteAddress ?? '', keyOf(remoteAddress, remotePort)];
			const address = addresses.get(name);
			const ended = address?.running.get(key);
			if (address !== undefined && ended !== undefined) {
				address.over++;
				address.took += (clock() - ended.began - address.took) / 8;
			}
			leave(name, key);
		},
		look: (patience) => {
			const now = clock();
			for (const address of addresses.values()) {
				const { waiting, running: held } = address;
				for (const { socket, came } of waiting.values()) {
					if (now - came <= inLine * patience) break;
					refused();
					socket.destroy();
				}
				const none = address.over === 0;
				address.over = 0;
				if (waiting.size === 0 || (held.size < bounds.ofAddress && running < bounds.ofAll)) continue;
				const longest = Math.min(patience / 2, Math.max(usual, leeway * address.took));
				let late = false;
				for (const { socket, began } of held.values()) {
					if (now - began <= longest) break;
					late = true;
					refused();
					socket.destroy();
				}
				// Nobody was quick enough: the next ones have twice as long.
				if (late && none) address.took = (2 * longest) / leeway;
			}
		},
	};
};
