/** Where a session is used: the network address, and the family and system of the browser as it says. */
export interface SessionPlace {
	readonly from: string;
	readonly browser: string;
}

const IPV4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/;

/** A machine's own address, whichever of both a browser takes for `localhost`. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '0:0:0:0']);

/** An IPv4 address counts by its /24, in which a provider moves a customer; IPv6 is written as its /64 already. */
const networkOf = (address: string): string =>
	LOOPBACK.has(address) ? 'loopback' : (IPV4.exec(address)?.[1] ?? address);

/** Whether a session that was opened at one place is used at the same. Sessions of before kept no browser. */
export const isSamePlace = (
	opened: { readonly from: string; readonly browser: string | null },
	used: SessionPlace,
): boolean =>
	networkOf(opened.from) === networkOf(used.from) && (opened.browser === null || opened.browser === used.browser);
