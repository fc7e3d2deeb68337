import type { Content } from '../content/content.ts';
import { couldNameDevice } from '../list/key-names.ts';
import { printable } from '../text/printable.ts';
import { bytesOfBase64, hexOf } from '../list/secret.ts';

/** Octets of an AES key, and so of most keys that are kept raw. */
const RAW = [16, 24, 32];
/** 64 octets in hex, with `0x` and colons. */
const LONGEST = 256;

/** What says of a file that it holds a key: an ending, or a word of its name beside an ending that says how it is written. */
const ENDING = /\.(?:psk|key|secret)(?:\.(?:hex|bin|txt|b64|base64|raw))?$/i;
const WORD = /(?:^|[-_. ])(?:psk|appkey|nwkkey|key|secret)(?=[-_. ]|$)/i;
const HOW = /\.(?:hex|bin|txt|b64|base64|raw)$/i;
const PUBLIC = /(?:^|[-_. ])pub(?:lic)?(?=[-_. ]|$)/i;

/** Words of a name that tell no device: what the key is for, and what a copy is called. */
const ASIDE =
	/^(?:psk|appkey|nwkkey|key|secret|shared|pre|preshared|private|priv|symmetric|master|root|network|net|app|aes|aes128|aes192|aes256|hmac|tls|dtls|mqtt|mqtts|coap|coaps|wifi|vpn|ipsec|hex|bin|raw|the|my|of|for|copy|old|new|bak|backup|orig|\(\d+\))$/i;
/** Names of what is at the other end of each link, or of a place where a program runs. */
const COMMON =
	/^(?:server|client|clients|broker|gateway|host|peer|local|remote|device|devices|node|sensor|default|test|example|sample|demo|dev|prod|production|development|staging|config|data|keys|keystore|certs|etc|ssl|secrets|file|cookie|session|machine|service|main|ta|ca)$/i;

const nameIn = (text: string): string | null => {
	const words = text.split(/[-_. ]+/);
	while (words.length > 0 && ASIDE.test(words[0] ?? '')) words.shift();
	while (words.length > 0 && ASIDE.test(words.at(-1) ?? '')) words.pop();
	const name = words.join('-');
	return name === '' || COMMON.test(name) || !couldNameDevice(name) ? null : name;
};

/** Who holds the key in a file at this path: its name says it, else a folder with a number (`pump-1/psk.key`). */
const holderOf = (path: string): string | null => {
	const parts = path.split(/[/\\]/);
	const stem = (parts.pop() ?? '').replace(ENDING, '').replace(HOW, '');
	const folder = parts.at(-1) ?? '';
	return nameIn(stem) ?? (/[a-z]/i.test(folder) && /\d/.test(folder) ? nameIn(folder) : null);
};

const secretIn = (bytes: Buffer): Uint8Array | null => {
	const text = bytes.length > LONGEST ? '' : bytes.toString('latin1').trim();
	const hex = /^[\dA-Fa-fx:\- ]+$/.test(text) ? hexOf(text) : null;
	if (hex !== null && hex.length >= 8 && hex.length <= 64) return hex;
	const isBase64 = /^[A-Za-z0-9+/]{22,88}={0,2}$/.test(text) && text.length % 4 === 0;
	const octets = isBase64 ? bytesOfBase64(text) : null;
	if (octets !== null && [...RAW, 48, 64].includes(octets.length)) return octets;
	return RAW.includes(bytes.length) ? new Uint8Array(bytes) : null;
};

/**
 * A file of which nothing but its name says what it holds: one PSK, in hex or base64 on its only line, or raw (16, 24 or 32 octets), in
 * `pump-1.psk`. False for any other.
 */
export const readKeyFile = (bytes: Buffer, content: Content): boolean => {
	const name = content.path.split(/[/\\]/).at(-1) ?? '';
	if (PUBLIC.test(name) || !(ENDING.test(name) || (WORD.test(name) && HOW.test(name)))) return false;
	const secret = secretIn(bytes);
	if (secret === null) return false;
	const device = holderOf(content.path);
	content.psk(`all of it, psk${device === null ? '' : ` of ${printable(device)}`}`, secret, device, 'psk');
	return true;
};
