import { printable } from '../text/printable.ts';

/** Names that are given once in the world. */
const UNIQUE = /eui|imei|imsi|iccid|mac|seri|uuid|guid|matricola/i;
/** An EUI, a MAC, a UUID. */
const UNIQUE_VALUE = /^(?:0x)?(?:[0-9a-f]{2}[:-]?){6,}$|^[0-9a-f]{8}-/i;
/** What only gathers devices, so that one may be in several; what happened to them, or copies of them. */
const GATHERS =
	/group|scene|tags?$|label|role|broker|server|cluster|listener|cloud|instance|^acls?$|^apps?$|application|schedul|view|dashboard|team|member|subscri|histor|event|log|version|backup|snapshot|revision|environment|stage|profile|polic|list|page|result/i;

/** What a key is for, where a device stands around it. */
const ROLE =
	/^(?:mqtts?|coaps?|d?tls|psk|wi-?fi|lora(?:wan)?|radio|modem|vpn|ota|update|cloud|primary|secondary|default|main|backup|admin|root|master|service|debug|local|remote|client|server|old|new|next|current|previous)$/i;

/** Names are kept for so many. */
const MOST = 100_000;

export const isUniqueTitle = (title: string): boolean => UNIQUE.test(title);
export const gathers = (name: string): boolean => GATHERS.test(name);

/**
 * The name of a device that is a part of another: with the outer one, where it was given under another before, as `s-1` of two
 * gateways is; by itself where it is given once in the world; and the outer one where the name only says what a key is for.
 */
export const partOf = (outers: Map<string, string>, name: string, outer: string): string => {
	if (outer === '' || outer === name || UNIQUE_VALUE.test(name)) return name;
	if (ROLE.test(name)) return outer;
	const before = outers.get(name);
	if (before === undefined && outers.size < MOST) outers.set(name, outer);
	return before === undefined || before === outer ? name : `${outer}/${name}`;
};

/** Names of what lies around a place, the outermost first, to be said behind its label. */
export const underThese = (names: readonly string[]): string =>
	names.length === 0
		? ''
		: ` under ${names.map((name) => printable(name.replaceAll(/: | \/ | under /g, ' '))).join(' / ')}`;
