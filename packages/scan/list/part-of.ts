import { isProfile } from '@keyward/core/keycheck';
import { printable } from '../text/printable.ts';

/** Names that are given once in the world. */
const UNIQUE = /eui|imei|imsi|iccid|mac|seri|uuid|guid|matricola/i;
/** An EUI, a MAC, a UUID. */
const UNIQUE_VALUE = /^(?:0x)?(?:[0-9a-f]{2}[:-]?){6,}$|^[0-9a-f]{8}-/i;
/** What only gathers devices, so that one may be in several; what happened to them, or copies of them. */
const GATHERS =
	/group|scene|tags?$|label|role|broker|server|cluster|listener|cloud|instance|^acls?$|^apps?$|application|schedul|view|dashboard|team|member|subscri|histor|event|log|version|backup|snapshot|revision|environment|stage|profile|polic|list|page|result|uplink|upstream|connection|destination/i;

/** What a key is for, where a device stands around it. */
const ROLE =
	/^(?:mqtts?|coaps?|d?tls|psk|wi-?fi|lora(?:wan)?|vpn|ota|primary|secondary|default|admin|root|old|new|next|current|previous)$/i;
/** A list of devices, whatever they are called. */
const DEVICES = /device|node|sensor|meter|gateway|unit|station|thing|pump|controller|client/i;
/** Times and states of one device. */
const OF_ONE = /histor|version|backup|snapshot|revision|profile|schedul/i;

/** Names are kept for so many. */
const MOST = 100_000;

export const isUniqueTitle = (title: string): boolean => UNIQUE.test(title);
/** True for the name of a list of devices. */
export const listsDevices = (name: string): boolean => DEVICES.test(name);
export const gathers = (name: string): boolean => GATHERS.test(name);

/** A key whose outer device may still be named: `{"keys": [{"id": "primary", "psk": …}], "name": "RTU-1"}`. */
export interface Waiting {
	readonly label: string;
	readonly secret: Uint8Array;
	readonly device: string | null;
	/** Its name is given once in the world. */
	readonly isUnique: boolean;
	/** What it is an item of. */
	readonly list: string;
	readonly role: string;
}

/**
 * The name of a device in `list` that is a part of others, from the outermost: with theirs, where it was given in others before, as
 * `s-1` of two gateways is; by itself where it is given once in the world; and theirs where it only says what a key is for, or when.
 */
export const partOf = (known: Map<string, string>, name: string, around: readonly string[], list = ''): string => {
	const outer = around.join('/');
	if (outer === '' || UNIQUE_VALUE.test(name)) return name;
	if (OF_ONE.test(list) || ((ROLE.test(name) || isProfile(name)) && !DEVICES.test(list))) return around.at(-1) ?? name;
	const before = known.get(name);
	if (before === undefined && known.size < MOST) known.set(name, outer);
	return before === undefined || before === outer ? name : `${outer}/${name}`;
};

/** Names of what lies around a place, the outermost first, to be said behind its label. */
export const underThese = (names: readonly string[]): string =>
	names.length === 0
		? ''
		: ` under ${names.map((name) => printable(name.replaceAll(/: | \/ | under /g, ' '))).join(' / ')}`;
