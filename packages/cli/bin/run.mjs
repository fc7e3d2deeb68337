import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';

// Runs on any Node from 20 on.

/** ms. So long a program that is ending by itself has to end. */
const PATIENCE = 5000;

/**
 * Whether a program of Node is ending by itself: Node has a handler of SIGINT and SIGTERM from its start until it takes down what it was.
 * One that starts, before it has these, does not ignore SIGPIPE yet. False where it is another program, or nobody says so (proc(5) is
 * Linux's).
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
const isEnding = (pid, signal) => {
	if (signal === 'SIGHUP') return false;
	try {
		if (!basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('node')) return false;
		const status = readFileSync(`/proc/${pid}/status`, 'utf8');
		/** @param {string} set @param {NodeJS.Signals} name */
		const holds = (set, name) => {
			const [, mask = '0'] = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status) ?? [];
			return (BigInt(`0x${mask}`) & (1n << BigInt(constants.signals[name] - 1))) !== 0n;
		};
		return holds('SigIgn', 'SIGPIPE') && !holds('SigCgt', signal);
	} catch {
		return false;
	}
};

/**
 * Runs a program in this terminal and gives its exit code (128 + n after signal n). SIGINT, SIGTERM and SIGHUP sent to this
 * process are passed on; after Ctrl-C the program may therefore see SIGINT twice (terminal/stop.ts takes them as one). One of Node that is
 * ending already would end by the second: it is left alone for a while.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export const run = (command, args, options = {}) =>
	new Promise((resolve, reject) => {
		/** @type {NodeJS.Signals[]} */
		const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
		/** @type {Set<NodeJS.Timeout>} */
		const waiting = new Set();
		/** @param {NodeJS.Signals} signal */
		const pass = (signal) => {
			if (isEnding(child.pid, signal)) waiting.add(setTimeout(() => child.kill(signal), PATIENCE));
			else child.kill(signal);
		};
		// Before the program runs: it may say that it does, and be sent a signal for it, before another line here has run.
		for (const signal of signals) process.on(signal, pass);
		const child = spawn(command, args, { stdio: 'inherit', ...options });
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
