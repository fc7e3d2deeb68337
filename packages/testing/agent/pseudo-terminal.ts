import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from './until.ts';

export interface PseudoTerminal {
	/** What is written to the port; an instrument that is asked answers with `send`. */
	onAsked(listener: (bytes: Buffer) => void): void;
	/** Where the port is while it is plugged in. */
	readonly path: string;
	plug(): Promise<void>;
	unplug(): Promise<void>;
	/** The instrument sends; resolves when socat has the bytes. */
	send(bytes: string | Uint8Array): Promise<void>;
}

/** A serial port made by socat (Debian package socat): a pseudo-terminal with the instrument at its other end. Not plugged in yet. */
export const makePseudoTerminal = (t: TestContext): PseudoTerminal => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-pty-'));
	const path = join(folder, 'ttyUSB0');
	let child: ChildProcess | null = null;
	let asked: (bytes: Buffer) => void = () => {};
	const unplug = async (): Promise<void> => {
		const gone = child;
		child = null;
		if (gone === null || gone.exitCode !== null || gone.signalCode !== null) return;
		gone.kill('SIGKILL');
		await once(gone, 'close');
		// A killed socat leaves its link behind; udev would have removed it.
		rmSync(path, { force: true });
	};
	t.after(async () => {
		await unplug();
		rmSync(folder, { recursive: true, force: true });
	});
	return {
		path,
		onAsked: (listener) => (asked = listener),
		async plug() {
			child = spawn('socat', ['-', `pty,link=${path},raw,echo=0`], { stdio: ['pipe', 'pipe', 'inherit'] });
			// Told by `send` itself.
			child.stdin?.on('error', () => {});
			child.stdout?.on('data', (bytes: Buffer) => asked(bytes));
			await until('the pseudo-terminal', () => existsSync(path));
		},
		unplug,
		async send(bytes) {
			const input = child?.stdin;
			if (input === null || input === undefined) throw new Error('not plugged in');
			await new Promise<void>((resolve, reject) => input.write(bytes, (error) => (error ? reject(error) : resolve())));
		},
	};
};
