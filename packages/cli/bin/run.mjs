import { spawn } from 'node:child_process';
import { constants } from 'node:os';

// Runs on any Node from 20 on.

/**
 * Runs a program in this terminal and gives its exit code (128 + n after signal n). SIGINT, SIGTERM and SIGHUP sent to
 * this process are passed on; after Ctrl-C the program may therefore see SIGINT twice (terminal/stop.ts takes them as one).
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
		/** @param {NodeJS.Signals} signal */
		const pass = (signal) => void child.kill(signal);
		for (const signal of signals) process.on(signal, pass);
		const done = () => {
			for (const signal of signals) process.off(signal, pass);
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
