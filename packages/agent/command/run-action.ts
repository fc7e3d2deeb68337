import { spawn } from 'node:child_process';
import { type Milliseconds, minutes } from '@keyward/core';
import type { Action } from './allow-list.ts';

/** How long a program may run. */
export const patience: Milliseconds = minutes(5);
/** Of what it prints, the receipt has the end. */
const KEPT = 300;

export interface ActionResult {
	readonly outcome: 'done' | 'failed';
	readonly detail: string;
}

/** Runs the program as it is written in the allow-list: no shell, nothing of the command in its arguments or environment. */
export const runAction = ({ program, arguments: fixed }: Action, within = patience): Promise<ActionResult> =>
	new Promise((resolve) => {
		const child = spawn(program, fixed, { shell: false, stdio: ['ignore', 'pipe', 'pipe'], env: {} });
		// Node's own time limit goes on counting, and keeps the process, when the program could not be started.
		const limit = setTimeout(() => child.kill('SIGKILL'), within);
		let said = '';
		const keep = (bytes: Buffer): void => {
			said = (said + bytes.toString('utf8')).slice(-KEPT);
		};
		child.stdout.on('data', keep);
		child.stderr.on('data', keep);
		child.on('error', (error) => {
			clearTimeout(limit);
			resolve({ outcome: 'failed', detail: `it cannot be started: ${error.message}` });
		});
		// What it started and left running holds its output open: that is not waited for.
		child.on('exit', () => {
			setTimeout(() => {
				child.stdout.destroy();
				child.stderr.destroy();
			}, 1000).unref();
		});
		child.on('close', (code, signal) => {
			clearTimeout(limit);
			const how = code === null ? `ended by ${signal ?? 'a signal'}` : `exit code ${code}`;
			const text = said.replaceAll(/[^\P{C}\n]/gu, ' ').trim();
			resolve({ outcome: code === 0 ? 'done' : 'failed', detail: text === '' ? how : `${how}: ${text}` });
		});
	});
