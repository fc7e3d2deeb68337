import { type KeyName, keyNamed } from './key-names.ts';
import { couldBeDevice } from './named-key.ts';
import { secretOf } from './secret.ts';

/** A list under a name: `DEVICES="a b c"`. */
export interface NamedList {
	readonly name: string;
	readonly items: readonly string[];
}

export interface Pair {
	readonly device: string;
	readonly secret: Uint8Array;
	readonly role: string;
}

const KEYS = /(?:psk|key|secret)s$|(?:psk|key|secret)_?(?:list|array|table)$/i;
const DEVICES =
	/(?:device|node|sensor|meter|gateway|station|pump|valve|motor|thing|tag|logger|tracker|unit|host|client|serial|eui|identit(?:y|ie))(?:s|_?(?:list|array|table|names?|ids?))$/i;
/** Keys by their form: 16, 24 or 32 octets in hex or padded base64. */
const KEY = /^(?:0x)?(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$|^(?:[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{43}=)$/i;
const ID = /^[\p{L}\p{N}][\p{L}\p{N}.:_@-]{0,127}$/u;

export const isListOfKeys = ({ name, items }: NamedList): boolean =>
	KEYS.test(name) && items.length > 1 && items.every((item) => KEY.test(item));

export const isListOfDevices = ({ name, items }: NamedList): boolean =>
	DEVICES.test(name) &&
	items.length > 1 &&
	new Set(items).size === items.length &&
	items.every((item) => ID.test(item) && !KEY.test(item) && couldBeDevice(item));

/** The key of each device, where as many names stand beside as many keys. */
export const pairsOf = (devices: NamedList, keys: NamedList): readonly Pair[] => {
	const form: KeyName = { role: 'psk', form: 'digits', vague: false };
	const role = keyNamed(keys.name.replace(/s$/i, ''))?.role ?? 'psk';
	if (devices.items.length !== keys.items.length) return [];
	return keys.items.flatMap((item, at) => {
		const secret = secretOf(item, form);
		const device = devices.items[at];
		return secret === null || secret === undefined || device === undefined ? [] : [{ device, secret, role }];
	});
};

/** More lists than stand beside one another. */
const MOST_LISTS = 8;
export const addList = (lists: NamedList[], list: NamedList): void => {
	if (lists.length < MOST_LISTS && (isListOfKeys(list) || isListOfDevices(list))) lists.push(list);
};

/** The same of lists of one object. */
export const pairsIn = (lists: readonly NamedList[]): readonly Pair[] => {
	const keys = lists.length < 2 ? undefined : lists.find(isListOfKeys);
	const devices = keys === undefined ? undefined : lists.find(isListOfDevices);
	return keys === undefined || devices === undefined ? [] : pairsOf(devices, keys);
};
