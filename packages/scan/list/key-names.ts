import { isOtherKeyName, otherDeviceNames } from './other-languages.ts';
import { shortKeyName, shortVague, tradeKeys } from './trade-names.ts';

/** How a key is written in a list or file, by the name of its column or field. */
export interface KeyName {
	readonly role: string;
	/**
	 * `lorawan`: an AES-128 key in hex (LoRaWAN 1.1 §6.1), and anything else is malformed. `phrase`: hex, base64 or any text.
	 * `digits`: other things are called so too, so that only eight bytes or more in hex or padded base64 count. `token`: the same, and
	 * letters and digits at random.
	 */
	readonly form: 'lorawan' | 'phrase' | 'digits' | 'token';
	/** Means a key only as the name of a column or field, not as the end of a longer name. */
	readonly vague: boolean;
}

const lorawan = ['appKey', 'nwkKey', 'genAppKey', 'appSKey', 'nwkSKey', 'fNwkSIntKey', 'sNwkSIntKey', 'nwkSEncKey'];

const phrases = [
	'psk',
	'pskKey',
	'pskHex',
	'pskSecret',
	'tlsPsk',
	'dtlsPsk',
	'presharedKey',
	'preSharedSecret',
	'sharedKey',
	'sharedSecret',
];

const digits = [
	'sharedAccessKey',
	'symmetricKey',
	'deviceKey',
	'deviceSecret',
	'masterKey',
	'masterSecret',
	'networkKey',
	'netKey',
	'linkKey',
	'joinKey',
	'rootKey',
	'aesKey',
	'primaryKey',
	'secondaryKey',
	'bindKey',
	'toolKey',
	...['dtlsKey', 'coapKey', 'mqttKey', 'loraKey', 'meshKey', 'radioKey'],
];

/** Tokens by which a device signs in (ThingsBoard), and Tuya's keys. */
const tokens = ['accessToken', 'deviceToken', 'deviceAccessToken', 'credentialsId', 'localKey', 'deviceApiKey'];

/** Letters and digits alone, of any script, without accents. */
const bare = (name: string): string => {
	if (/^[a-z0-9]*$/.test(name)) return name;
	// Most names, without the tables of Unicode.
	if (/^\p{ASCII}*$/u.test(name)) return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
	return name
		.normalize('NFD')
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N}]/gu, '');
};

const named = (roles: readonly string[], form: KeyName['form'], vague: boolean): [string, KeyName][] =>
	roles.map((role) => [bare(role), { role: role.startsWith('psk') ? 'psk' : role, form, vague }]);

const names = new Map<string, KeyName>([
	...named(lorawan, 'lorawan', false),
	...named(phrases, 'phrase', false),
	...named(digits, 'digits', false),
	...named(tradeKeys, 'digits', false),
	...named(shortVague, 'digits', true),
	...named(tokens, 'token', true),
	...named(['authenticationKey'], 'digits', true),
	...named(['key', 'secret', 'secretKey', 'keyHex', 'encryptionKey', 'encKey'], 'digits', true),
]);

const shortKey = (name: string): KeyName | null => {
	const role = shortKeyName(name);
	return role === null ? null : { role, form: 'digits', vague: false };
};

/** How it is written, said in its name. */
const FORM = /(?:in)?(?:hex|base64|b64)$/;

/** Which of several a PSK is: `psk_backup`, `psk_old`, `psk2`. */
const WHICH =
	/^((?:\w+_)?psk)[ _.-]?(?:backup|old|new|next|prev|previous|current|primary|secondary|spare|alt|\d{1,2})$/i;

/** The kind of key that a column or field of this name holds; null for others. Case, blanks and punctuation do not count. */
export const keyNamed = (name: string): KeyName | null => {
	const text = bare(name);
	const [, psk] = name.length > 64 ? [] : (WHICH.exec(name) ?? []);
	return names.get(text) ?? names.get(text.replace(FORM, '')) ?? (psk === undefined ? shortKey(name) : keyNamed(psk));
};

/** The longest first: `presharedkey` is more than `sharedkey`. */
const endings = [...names].filter(([, { vague }]) => !vague).toSorted(([one], [other]) => other.length - one.length);

const TAIL = 3;
const tails = new Set(endings.map(([ending]) => ending.slice(-TAIL)));

/** `PSK_PUMP1`: the PSK of a device that has a number. */
const PSK_OF = /^psk_[a-z]{3,32}[_-]?\d{1,6}$/i;

/** The same for a name in source code or settings, which may have a prefix: `OTAA_APPKEY`, `CONFIG_MQTT_PSK`. */
export const keyCalled = (name: string): KeyName | null => {
	// `psk_2`, `APPKEY1`: one of several.
	const text = bare(name)
		.replace(FORM, '')
		.replace(/\d{1,3}$/, '');
	const ending = tails.has(text.slice(-TAIL)) ? endings.find(([one]) => text.endsWith(one)) : undefined;
	return ending?.[1] ?? (name[3] === '_' && PSK_OF.test(name) ? (names.get('psk') ?? null) : shortKey(name));
};

const TWICE = /^([^()[\]]{1,64}?)\s{0,4}[([]([^()[\]]{1,32})[)\]]$/;

/** A key said twice, in full and for short: `Pre-shared key (PSK)`, `Geheimnis (PSK)`. `PSK (hash)` is something else. */
const twiceNamed = (title: string): KeyName | null => {
	const [, before, behind] = TWICE.exec(title) ?? [];
	if (before === undefined || behind === undefined) return null;
	const first = keyNamed(before.trim());
	const second = keyNamed(behind.trim());
	if (second === null || (first === null && !isOtherKeyName(before))) return null;
	return first?.vague === false ? first : second;
};

/**
 * The kind of key in a column of this title: as {@link keyNamed}, with a form behind it (`AppKey (hex)`), or at the end of a longer
 * name (`mqtt_psk`), where of other text only letters and digits at random count.
 */
export const titleNamed = (title: string): KeyName | null => {
	const cut = title.slice(0, 128);
	const isClosed = cut.endsWith(')') || cut.endsWith(']');
	const text = (isClosed ? cut.replace(/[([](?:hex|base64|ascii|text)[)\]]$/i, '') : cut).trim();
	const exact = keyNamed(text) ?? twiceNamed(text);
	if (exact !== null) return exact;
	if (isOtherKeyName(text)) return { role: 'psk', form: 'digits', vague: true };
	if (!/^[\w .-]+$/.test(text)) return null;
	const called = keyCalled(text);
	return called?.form === 'phrase' ? { ...called, form: 'token' } : called;
};

/** Names of a device's own name, the most telling first. */
const deviceNames = [
	'devEui',
	'deviceEui',
	'deui',
	'eui',
	'eui64',
	'deviceId',
	'pskIdentity',
	'pskId',
	'identity',
	'deviceSerial',
	'serialNumber',
	'serial',
	'imei',
	'mac',
	'macAddress',
	'endpoint',
	'endpointName',
	'clientId',
	'registrationId',
	'thingName',
	'hostname',
	'device',
	...['outstation', 'outstationId', 'outstationName', 'outstationAddress'],
	'username',
	'user',
	'id',
	'deviceName',
	'name',
	'devAddr',
	...['serialNo', 'serialNum', 'sn', 'dev', 'deviceNo', 'deviceNumber', 'deviceUuid', 'uuid', 'uid', 'identifier'],
	...[
		'nodeId',
		'node',
		'sensorId',
		'sensor',
		'meterId',
		'meter',
		'meterSerial',
		'meterNo',
		'meterNumber',
		'unitId',
		'assetId',
		'asset',
		'assetTag',
	],
	...['gatewayId', 'endDeviceId', 'hardwareId', 'iccid', 'imsi', 'thingId', 'thing', 'objectName'],
	...['station', 'stationName', 'rtu', 'rtuName', 'substation'],
	...otherDeviceNames,
].map(bare);
/** Of a name that is there twice, the first counts. */
const deviceRanks = new Map(deviceNames.map((name, rank) => [name, rank] as const).toReversed());

/** How telling a name is as that of a device, 0 the most; null when it is not one. */
export const deviceRank = (name: string): number | null => deviceRanks.get(bare(name)) ?? null;

/** Names of parts of one device, such as its networks. */
const PARTS =
	/^(?:wi-?fi|wlan|wpa|ssid|radio|ap|sta|eth|wg|tun|tap|br|lo|usb|can|tty|net|network|vpn|mqtt|coap|dtls|tls|slot|port|channel|session|backup|config|settings|security|version|v|en[opsx]|wl[opsx])[\d._-]{0,8}(?:g|ghz)?$|key|psk|secret|credential/i;

/** False for the name of a part of a device, a section of settings or a key. */
export const couldNameDevice = (name: string): boolean => name !== '' && !PARTS.test(name);
