import { Problem } from '@keyward/core';
import { readSocketTable, type WaitingSocket } from '@keyward/core/device';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { groupsOf } from '../http/ip-address.ts';

/** A TCP port that a process listens on; the address as the kernel writes it: hexadecimal, `00000000` for every network. */
export interface OpenPort {
	readonly address: string;
	readonly port: number;
}

/** What listens on this machine, as this process sees it. */
export interface Listening {
	/** What this process listens on. */
	readonly own: readonly OpenPort[];
	/** What other processes listen on where this one does too: the kernel gives each connection to either (SO_REUSEPORT). */
	readonly shared: readonly OpenPort[];
}

const EVERY_ADDRESS = /^0+$/;

const overlaps = (a: OpenPort, b: OpenPort): boolean =>
	a.port === b.port && (a.address === b.address || EVERY_ADDRESS.test(a.address) || EVERY_ADDRESS.test(b.address));

/** The sockets that this process has, by their inode; null where there is no /proc. */
const ownInodes = async (): Promise<ReadonlySet<string> | null> => {
	const own = new Set<string>();
	const handles = await readdir('/proc/self/fd').catch(() => null);
	if (handles === null) return null;
	for (const handle of handles) {
		// One that was closed meanwhile is not open.
		const [, inode] = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/self/fd/${handle}`).catch(() => '')) ?? [];
		if (inode !== undefined) own.add(inode);
	}
	return own;
};

/** Whose the listening sockets were when they were looked at last. An inode is one socket's for as long as that is there. */
let known: { readonly listening: string; readonly own: ReadonlySet<string> } | null = null;

/**
 * The TCP ports that this process listens on, from the kernel's own tables (proc(5)): what is really open, not what
 * somebody thinks. Null where there is no /proc. Handles are looked at only when what listens is other than before: with ten thousand
 * connections there are as many.
 */
export const openPorts = async (): Promise<Listening | null> => {
	const waiting = await listeners();
	const listening = waiting
		.map(({ inode }) => inode)
		.toSorted()
		.join();
	if (known?.listening !== listening) {
		const own = await ownInodes();
		if (own === null) return null;
		known = { listening, own: new Set(waiting.map(({ inode }) => inode).filter((inode) => own.has(inode))) };
	}
	const { own } = known;
	const found: OpenPort[] = [];
	const others: OpenPort[] = [];
	for (const { address, port, inode } of waiting) (own.has(inode) ? found : others).push({ address, port });
	return { own: found, shared: others.filter((other) => found.some((one) => overlaps(one, other))) };
};

/** Every listening TCP socket of this network namespace; none where there is no /proc. */
const listeners = async (): Promise<WaitingSocket[]> => {
	const tables = ['tcp', 'tcp6'].map((table) => readFile(`/proc/self/net/${table}`, 'utf8').catch(() => ''));
	return (await Promise.all(tables)).flatMap((text) => readSocketTable('tcp', text));
};

/**
 * Throws `Problem('site-configuration')` where somebody listens on one of these ports. Link workers share theirs (SO_REUSEPORT), and the
 * kernel would let a second site of the same user share them too: its devices would meet either at random.
 */
export const requireFreePorts = async (host: string, ports: readonly number[]): Promise<void> => {
	if (ports.length === 0) return;
	const address = await asKernelWrites(host);
	const taken = (await listeners()).find((other) => ports.some((port) => overlaps({ address, port }, other)));
	if (taken === undefined) return;
	throw new Problem(
		'site-configuration',
		`cannot listen on port ${taken.port}: another process listens there (ss -ltnp shows it); end it, or choose another port with --https-port, --mqtts-port or --listener (KEYWARD_HTTPS_PORT, KEYWARD_MQTTS_PORT), or in the site file`,
	);
};

/**
 * An address as the kernel's tables have it: in hexadecimal, each four bytes in reverse; zeros for every address. Empty for what is no
 * address of anybody: to listen there fails by itself.
 */
const asKernelWrites = async (host: string): Promise<string> => {
	const address = await lookup(host).then(
		({ address: found }) => found,
		() => '',
	);
	const groups = groupsOf(address) ?? [];
	const words = Array.from({ length: groups.length / 2 }, (_, at) => [groups[2 * at] ?? 0, groups[2 * at + 1] ?? 0]);
	return (isIPv4(address) ? words.slice(3) : words)
		.flatMap(([high = 0, low = 0]) => [low & 0xff, low >> 8, high & 0xff, high >> 8])
		.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase())
		.join('');
};
