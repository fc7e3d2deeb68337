import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback, MOST_REPORTED, readSocketTable, type WaitingSocket } from '@keyward/core/device';

/** A client's UDP socket is gone by then, a server's is not. */
const SECOND_LOOK = 1000;

interface Socket extends WaitingSocket {
	readonly protocol: 'tcp' | 'udp';
}

/** Null where the kernel shows no table at all. */
const look = async (proc: string): Promise<Socket[] | null> => {
	const tables = ['tcp', 'tcp6', 'udp', 'udp6'].map(async (table) => {
		const text = await readFile(join(proc, 'self/net', table), 'utf8').catch(() => null);
		const protocol = table.startsWith('tcp') ? 'tcp' : 'udp';
		return text === null ? null : readSocketTable(protocol, text).map((one): Socket => ({ ...one, protocol }));
	});
	const [tcp, tcp6, udp, udp6] = await Promise.all(tables);
	// A kernel without IPv6 has no second table.
	return tcp && udp ? [...tcp, ...(tcp6 ?? []), ...udp, ...(udp6 ?? [])] : null;
};

/** Inodes of the sockets that this process has; null where it cannot be looked up. */
const ownSockets = async (proc: string): Promise<ReadonlySet<string> | null> => {
	const folder = join(proc, 'self/fd');
	const handles = await readdir(folder).catch(() => null);
	if (handles === null) return null;
	const links = await Promise.all(handles.map((handle) => readlink(join(folder, handle)).catch(() => '')));
	return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
};

/**
 * Ports that somebody on a network reaches, as the kernel's tables show them, such as `tcp/22`: of this network namespace, or of this
 * process alone. Null where it cannot be told, or where there are more than a report may list.
 */
export const openPorts = async (
	scope: 'machine' | 'program',
	proc = '/proc',
	secondLook = SECOND_LOOK,
): Promise<readonly string[] | null> => {
	const first = await look(proc);
	await sleep(secondLook);
	const second = await look(proc);
	const own = scope === 'machine' ? null : await ownSockets(proc);
	if (first === null || second === null || (scope === 'program' && own === null)) return null;
	const before = new Set(first.map(({ inode }) => inode));
	const open = second.filter(
		({ protocol, address, inode }) =>
			!isLoopback(address) && (protocol === 'tcp' || before.has(inode)) && (own === null || own.has(inode)),
	);
	const ports = [...new Set(open.map(({ protocol, port }) => `${protocol}/${port}`))];
	return ports.length > MOST_REPORTED ? null : ports.toSorted();
};
