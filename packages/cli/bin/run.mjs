import { spawn } from 'node:child_process';
import { constants } from 'node:os';

// Runs on any Node from 20 on.

/** ms. The terminal sends Ctrl-C to the program too: passed on while that already ends, it would end by the signal instead. */
const PASS_AFTER = 300;

/**
 * Runs a program in this terminal and gives its exit code (128 + n after signal n). SIGINT, SIGTERM and SIGHUP sent to this
 * process are passed on when the program still runs `passAfter` ms later; after Ctrl-C it may therefore see SIGINT twice
 * (terminal/stop.ts takes them as one).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { passAfter?: number }} [options]
 * @returns {Promise<number>}
 */
export const run = (command, args, { passAfter = PASS_AFTER, ...options } = {}) =>
	new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: 'inherit', ...options });
		/** @type {NodeJS.Signals[]} */
		const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
		/** @type {Set<NodeJS.Timeout>} */
		const waiting = new Set();
		/** @param {NodeJS.Signals} signal */
		const pass = (signal) => void waiting.add(setTimeout(() => child.kill(signal), passAfter));
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
