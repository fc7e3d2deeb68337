import { couldNameDevice, type KeyName, keyNamed } from './key-names.ts';

/** A name in source code or settings that says whose key it is: `PSK_PUMP1`, `KEY_SENSOR_07`, `pump1AppKey`. */
export interface NamedKey {
	readonly key: KeyName;
	readonly device: string;
}

/** Words of a name that say what, not whose, it is. */
const ASIDE = /^(?:config|default|my|the|g|k|s|m|static|const|mqtts?|coaps?|d?tls|lorawan|lora|otaa|hex|b64|base64)$/;

/** With one of these, a number counts algorithms, test vectors, parts, ends of a link or networks, not devices. */
const OTHER =
	/^(?:lwm2m?|ike\w?v\d|oauth\d|mqttv?\d+|d?tlsv?\d+|ieee\d+|ipv\d|https?\d|pkcs\d*|coapv?\d|snmpv?\d|wep\d+|web\d|a?es|aes\d+|sha\d*|hmac\w*|md5|cmac\w*|gcm\w*|ccm\w*|cbc|ctr|rsa\d*|ecc?|ecdsa|ecdh|p\d{3}|secp\w+|ed\d+|x\d+|curve\w+|des\d*|chacha\w*|poly\w*|hkdf|kdf|tc\d*|tv\d*|kats?\d*|tests?\d*|case\d*|testcase\d*|vectors?\d*|examples?\d*|samples?\d*|rfc\d*|v\d+|version\d*|slot\d*|index\d*|idx\d*|ids?|identity\d*|hint\d*|no|nr|num\w*|len\w*|size\w*|bits?\d*|bytes?\d*|words?\d*|part\d*|half|lo|hi|low|high|round\d*|rk\d*|ivs?\d*|nonce\d*|salt\d*|tag\d*|mac\d*|hash\w*|digest\w*|sig\w*|pub\w*|priv\w*|wifi\d*|wlan\d*|wpa\d*|aps?\d*|sta\d*|ssid\d*|radio\d*|vlan\d*|port\d*|ch\d*|channel\d*|zone\d*|subnet\d*|gen\d*|old\d*|new\d*|prev\d*|current|next|backup\d*|primary|secondary|keys?\d+|psks?\d+|epoch\d*|session\d*|groups?\d*|profile\d*|ascii|client\d*|server\d*|peer\d*|host\d*|local|remote|initiator\d*|responder\d*|alice|bob|user\d*|tx\d*|rx\d*|enc\w*|dec\w*|send|recv|in|out|read|write|master\d*|root\d*|type\d*|code\d*|event\d*|press\w*|mask\d*|flag\d*|foo\d*|bar\d*|baz\d*|data\d*|blob\d*|str\d*|file\d*|path\d*)$/;

/** Kinds of chips and modules, of which every device of a fleet has the same. */
const CHIP = /^(?:esp32[a-z]?\d?|esp8266|stm32[a-z]?\d{0,2}|nrf\d{2,5}|rp2040|sim\d{3,4}|bg\d{2}|rfm\d{2})$/;

const keys: ReadonlyMap<string, string> = new Map([
	['psk', 'psk'],
	['key', 'deviceKey'],
	['secret', 'deviceSecret'],
	['appkey', 'appKey'],
	['nwkkey', 'nwkKey'],
	['app key', 'appKey'],
	['nwk key', 'nwkKey'],
]);

const wordsOf = (name: string): string[] =>
	name
		.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '_')
		.toLowerCase()
		.split(/[_.-]+/)
		.filter((word) => word !== '');

/** False for what a number counts that is no device: algorithms, parts, networks. */
export const couldBeDevice = (name: string): boolean =>
	couldNameDevice(name) && !wordsOf(name.replaceAll(' ', '-')).some((word) => OTHER.test(word));

/**
 * The key that a name speaks of and the device that it names before or behind it; null where it names none. A device has a number, and
 * letters before it.
 */
export const keyOfDevice = (name: string): NamedKey | null => {
	if (name.length > 80 || !/\d/.test(name)) return null;
	const words = wordsOf(name);
	const at = words.findIndex((word) => keys.has(word));
	if (at === -1) return null;
	const pair = at === 0 ? undefined : keys.get(`${words[at - 1]} ${words[at]}`);
	const key = keyNamed(pair ?? keys.get(words[at] ?? '') ?? '');
	const others = words.toSpliced(pair === undefined ? at : at - 1, pair === undefined ? 1 : 2);
	while (others.length > 0 && ASIDE.test(others[0] ?? '')) others.shift();
	while (others.length > 0 && ASIDE.test(others.at(-1) ?? '')) others.pop();
	const device = others.join('-');
	if (key === null || others.length > 4 || others.some((word) => OTHER.test(word) || keys.has(word))) return null;
	const isDevice =
		!CHIP.test(device) && /^[a-z]{3}/.test(device) && /\d[a-z]?$/.test(device) && couldNameDevice(device);
	return isDevice ? { key, device } : null;
};
