import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { overStreams } from './stream-transport.ts';
import { type Transport, unreachable } from './transport.ts';

/** Room for the last words of a program that ends. */
const LAST_WORDS = 2000;

/**
 * A program that reads commands on standard input and writes responses to standard output, such as `tpm2_send`, by which
 * tpm2-abrmd and every other TCTI is reached. Its arguments can be seen by all: nothing secret belongs there. Throws
 * `Problem('tpm-unreachable')` when it is not installed.
 */
export const openCommand = async (program: string, ...parameters: readonly string[]): Promise<Transport> => {
	const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
	let words = '';
	child.stderr.on('data', (chunk: Buffer) => {
		words = `${words}${chunk.toString('utf8')}`.slice(-LAST_WORDS);
	});
	try {
		await once(child, 'spawn');
	} catch (error) {
		throw unreachable(`${program} cannot be run (Debian package tpm2-tools has tpm2_send)`, error);
	}
	const exited = once(child, 'close');
	const transport = overStreams(program, child.stdin, child.stdout, async () => {
		child.stdin.end();
		const stopped = await Promise.race([exited.then(() => true), sleep(1000, false, { ref: false })]);
		if (!stopped) child.kill('SIGKILL');
		await exited;
	});
	child.once('close', (status) => {
		const last = words.trim().split('\n').at(-1) ?? '';
		transport.fail(unreachable(`${program} ended with status ${status ?? 'none'}${last === '' ? '' : `: ${last}`}`));
	});
	return transport;
};
