import { inLine } from '@keyward/core/export';

/** A line on the terminal that tells how far long work is. */
export interface ProgressLine {
	/** Shown at most ten times a second. A text that is dear to make is made only then. */
	show(text: string | (() => string)): void;
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
			stderr.write(
				`\r\u001b[K${inLine(typeof text === 'string' ? text : text()).slice(0, Math.max(20, (stderr.columns || 80) - 1))}`,
			);
		},
		clear() {
			if (shown) stderr.write('\r\u001b[K');
			shown = false;
		},
	};
};

/** What {@link whileWaiting} writes to. */
export interface WaitingLine extends Pick<NodeJS.WriteStream, 'isTTY'> {
	write(text: string): unknown;
}

/** Milliseconds after which a wait is told, and between its words. */
const PATIENCE = { after: 2000, every: 1000 } as const;

/** Says on a terminal what is waited for, and for how long already; nothing where it is over soon. */
export const whileWaiting = async <Value>(
	text: string,
	work: Promise<Value>,
	line: WaitingLine = process.stderr,
	{ after, every }: { readonly after: number; readonly every: number } = PATIENCE,
): Promise<Value> => {
	if (!line.isTTY) return work;
	const since = performance.now();
	let shown = false;
	const timer = setInterval(() => {
		const waited = performance.now() - since;
		if (waited < after) return;
		shown = true;
		line.write(`\r\u001b[K${inLine(text)}, ${Math.round(waited / 1000)} s`);
	}, every);
	try {
		return await work;
	} finally {
		clearInterval(timer);
		if (shown) line.write('\r\u001b[K');
	}
};
