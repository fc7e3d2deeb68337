import { visible } from '../terminal/output.ts';

/** A line on the terminal that tells how far long work is. */
export interface ProgressLine {
	/** Shown at most ten times a second. */
	show(text: string): void;
	clear(): void;
}

const INTERVAL_MS = 100;

/** On standard error when that is a terminal; else nothing is ever shown. */
export const progressLine = (): ProgressLine => {
	const { stderr } = process;
	if (!stderr.isTTY) return { show: () => undefined, clear: () => undefined };
	let shown = false;
	// Short work shows nothing.
	let last = performance.now() + 400;
	return {
		show(text) {
			const now = performance.now();
			if (now - last < INTERVAL_MS) return;
			last = now;
			shown = true;
			stderr.write(`\r\u001b[K${visible(text).slice(0, Math.max(20, (stderr.columns || 80) - 1))}`);
		},
		clear() {
			if (shown) stderr.write('\r\u001b[K');
			shown = false;
		},
	};
};
