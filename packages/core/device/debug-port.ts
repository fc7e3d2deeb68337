import type { DebugInterface } from './device-report.ts';

/** A port at which the kernel itself speaks: closed, it says nothing of the processor's own. */
export const SERIAL_CONSOLE = 'serial-console';

const named = (found: readonly DebugInterface[]): string => found.map(({ name }) => name).join(', ');

/** Interfaces that a device says are open: nobody says so to gain by it. */
export const openInterfaces = (debug: readonly DebugInterface[]): string | null => {
	const open = debug.filter(({ state }) => state === 'open');
	return open.length === 0 ? null : named(open);
};

/**
 * catalogue: debug-port-closed (EDR 2.13, EN 303 645 5.6-4). True, or what keeps a device from saying so of itself: memory and keys can be
 * read through one interface that is left. Null where it says nothing.
 */
export const judgeDebug = (debug: readonly DebugInterface[]): true | string | null => {
	if (debug.length === 0) return null;
	const open = openInterfaces(debug);
	if (open !== null) return `open: ${open}`;
	const unknown = debug.filter(({ state }) => state === 'unknown');
	if (unknown.length > 0) return `it cannot tell of ${named(unknown)}`;
	return debug.some(({ name }) => name !== SERIAL_CONSOLE) || 'it cannot tell of the debug port of its processor';
};
