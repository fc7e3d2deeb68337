import { couldNameDevice, type KeyName, titleNamed } from '../list/key-names.ts';
import { keyOfDevice } from '../list/named-key.ts';
import { secretOf } from '../list/secret.ts';

/** A setting or an assignment of a key somewhere in a text. */
const SETTINGS = /(?:key|psk|secret)\w{0,32}["']?\s{0,8}[:=]\s{0,8}\S/i;
/** Settings in one line: `HostName=…;DeviceId=…;SharedAccessKey=…`. */
export const CONNECTION = /^\w{1,32}=[^;]{1,256};(?:[^;]{1,256};){0,8}\w{0,32}(?:key|secret|psk)=[^;]{8}/i;
const LONGEST_TEXT = 65_536;
/** True for a text of JSON that may be a file of settings. */
export const holdsSettings = (text: string): boolean => text.length <= LONGEST_TEXT && SETTINGS.test(text);

/** Objects that hold the names of the device around them (The Things Stack: `ids`, `end_device_ids`). */
export const isIdentifiers = (called: string): boolean => /^(end_?device_?)?id(s|entifiers)$/i.test(called);

/** A setting as an object: its name, its value, and for whom it is, where it says so. */
interface Pair {
	name: string;
	value: string;
	of: string;
}

/** Fields of such an object: Kubernetes and ECS (`name`), GitLab and Postman (`key`). */
export const inPair = (pair: Pair, field: string, text: string): void => {
	if (field === 'name' || field === 'key') pair.name = text;
	else if (field === 'value') pair.value = text;
	// `*` of GitLab is everybody.
	else if (field === 'environment_scope' && text !== '*') pair.of = text;
};

/** The key that such a setting is, by its name; null for all others. */
export const settingOf = ({
	name,
	value,
	of,
}: Pair): { readonly key: KeyName; readonly secret: Uint8Array; readonly device: string | null } | null => {
	if (name === '' || value === '') return null;
	const named = keyOfDevice(name);
	const key = named?.key ?? titleNamed(name);
	if (key === null || (key.vague && named === null)) return null;
	const secret = secretOf(value, { ...key, form: 'digits' });
	if (secret === null || secret === undefined || secret.length < 16) return null;
	return { key, secret, device: named?.device ?? (of || null) };
};

/** True for JSON that is whole; templates begin as it does. */
export const isJson = (text: string): boolean => {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
};

/** `{"psks": {"pump-1": "…"}}`; under other names of keys, where a name has a number. */
export const isMapOfKeys = ({ called, name }: { readonly called: string; readonly name: string }): boolean =>
	/psks$/i.test(called) ||
	(/\d/.test(name) && couldNameDevice(name) && /(?:^|[a-z_-])(?:psk|keys?|secrets)$/i.test(called));
