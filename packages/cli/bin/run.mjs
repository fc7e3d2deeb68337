import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

// Runs on any Node from 20 on.

/** ms. So long a program that is ending by itself has to end. */
const PATIENCE = 5000;

/**
 * Whether a program of Node that runs is ending by itself: Node has a handler of SIGINT and SIGTERM from its start until it takes down
 * what it was. False where nobody says so (proc(5) is Linux's).
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
const isEnding = (pid, signal) => {
	if (signal === 'SIGHUP') return false;
	try {
		const [, caught = ''] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
		return caught !== '' && (BigInt(`0x${caught}`) & (1n << BigInt(constants.signals[signal] - 1))) === 0n;
	} catch {
		return false;
	}
};

/**
 * Runs a program of Node in this terminal and gives its exit code (128 + n after signal n). SIGINT, SIGTERM and SIGHUP sent to this
 * process are passed on; after Ctrl-C the program may therefore see SIGINT twice (terminal/stop.ts takes them as one). One that is ending
 * already would end by the second: it is left alone for a while.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export const run = (command, args, options = {}) =>
	new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: 'inherit', ...options });
		/** @type {NodeJS.Signals[]} */
		const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
		/** @type {Set<NodeJS.Timeout>} */
		const waiting = new Set();
		/** @param {NodeJS.Signals} signal */
		const pass = (signal) => {
			if (isEnding(child.pid, signal)) waiting.add(setTimeout(() => child.kill(signal), PATIENCE));
			else child.kill(signal);
		};
		for (const signal of signals) process.on(signal, pass);
		const done = () => {
			for (const signal of signals) process.off(signal, pass);
			for (const timer of waiting) clearTimeout(timer);
		};
		child.once('error', (error) => {
			done();
			reject(error);
		});
		child.once('exit', (code, signal) => {
			done();
			resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
		});
	});
