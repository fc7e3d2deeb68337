import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { existsSync } from 'node:fs';
import { diskRoom } from '@keyward/service/disk';
import type { Bytes } from '@keyward/core';
import { type Check, codeOf, finding, held, type Patient, unknown } from './check.ts';

const CONNECTIONS = 10_000;
/** Beside connections: files, threads, the HTTP door. */
const OTHERS = 500;
/** The kernel gives no more than 256 since 5.18; fewer means that it has not begun to be random. */
const LEAST_ENTROPY = 128;

const inBytes = (count: Bytes): string =>
	count < 1024 ** 3 ? `${Math.floor(count / 1024 ** 2)} MiB` : `${(count / 1024 ** 3).toFixed(1)} GiB`;

/** Room on the disk of the data folder. */
export const checkDisk = async ({ data }: Patient): Promise<Check[]> => {
	let folder = data;
	while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
	const { free, total, freeInodes, short } = await diskRoom(folder);
	const inodes = freeInodes === null ? '' : `, ${freeInodes} inodes`;
	const said = `${inBytes(free)} of ${inBytes(total)} free${inodes}`;
	return [short ? finding('disk', said, 'make room, or move the data folder to a larger disk') : held('disk', said)];
};

/** Node, file descriptors, entropy, and whether several threads can share a port. */
export const checkMachine = async ({ running }: Patient): Promise<Check[]> => [
	checkNode(process.versions.node),
	await checkDescriptors(running?.pid ?? null),
	await checkEntropy(),
	await checkReusePort(),
];

export const checkNode = (version: string): Check => {
	const major = Number.parseInt(version, 10);
	return major >= 24
		? held('node', `Node ${version}`)
		: finding('node', `Node ${version} is too old`, 'start with npx keyward, which brings Node 24');
};

const checkDescriptors = async (pid: number | null): Promise<Check> => {
	const check = 'file descriptors';
	const limits = await readFile(`/proc/${pid ?? 'self'}/limits`, 'utf8').catch(() => '');
	// Node raises its soft limit to the hard one when it starts.
	const [, soft = '', hard = ''] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits) ?? [];
	const most = pid === null ? hard : soft;
	if (most === '') return unknown(check, 'this system does not say how many a process may have');
	const count = most === 'unlimited' ? Number.POSITIVE_INFINITY : Number(most);
	if (count >= CONNECTIONS + OTHERS) return held(check, `${most}, enough for ${CONNECTIONS} connections`);
	return finding(
		check,
		`${most}: the site takes about ${Math.max(0, count - OTHERS)} connections and refuses more`,
		`ulimit -n 131072 before it starts, or LimitNOFILE=131072 in its systemd unit`,
	);
};

const checkEntropy = async (): Promise<Check> => {
	const text = await readFile('/proc/sys/kernel/random/entropy_avail', 'utf8').catch(() => '');
	const bits = Number(text);
	if (text === '') return unknown('entropy', 'this system does not say');
	return bits >= LEAST_ENTROPY
		? held('entropy', `${bits} bits`)
		: finding(
				'entropy',
				`the kernel has gathered ${bits} bits`,
				'wait, or give it a source (rng-tools): keys made now may be guessed',
			);
};

const checkReusePort = async (): Promise<Check> => {
	const servers: Server[] = [];
	const listen = async (port: number): Promise<number> => {
		const server = createServer().listen({ host: '127.0.0.1', port, reusePort: true });
		servers.push(server);
		await once(server, 'listening');
		const address = server.address();
		return typeof address === 'object' && address !== null ? address.port : 0;
	};
	try {
		await listen(await listen(0));
		return held('shared ports', 'several threads can listen on one port');
	} catch (error) {
		return finding(
			'shared ports',
			`several threads cannot listen on one port (${codeOf(error)})`,
			'use Linux 3.9 or newer',
		);
	} finally {
		for (const server of servers) server.close();
	}
};
