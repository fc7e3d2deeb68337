/** Names of keys in access control, energy, radio and networks. Each counts only before eight octets or more in hex or padded base64. */

/** Said in full they mean nothing else, also at the end of a longer name. */
export const tradeKeys: readonly string[] = [
	// DNP3 Secure Authentication and IEC 62351-5, DLMS, meters on wM-Bus.
	...['updateKey', 'globalUnicastKey', 'unicastEncryptionKey', 'meterKey', 'wmbusKey', 'mbusKey'],
	// LoRaWAN's session keys written out, Node-RED, mioty, Wirepas, Sigfox.
	...['nwkSessionKey', 'networkSessionKey', 'appSessionKey', 'applicationSessionKey', 'cipherKey'],
	// Zigbee, Thread, Z-Wave, Matter, what pairs or commissions a device.
	...['installCode', 'commissioningKey', 'commissioningCode', 'pairingKey', 'provisioningKey', 'onboardingKey'],
	...['trustCenterKey', 'bootstrapKey', 'claimKey', 'claimCode', 'factoryKey'],
	// Whose it is.
	...['nodeKey', 'sensorKey', 'gatewayKey', 'stationKey', 'controllerKey', 'thingKey', 'nodeSecret', 'thingSecret'],
	...['gatewaySecret', 'devKey', 'coapSecret', 'mqttSecret'],
	// SNMPv3, RADIUS, TACACS+, DNS, IPMI, SRTP.
	...[
		'localizedKey',
		'localisedKey',
		'radiusSecret',
		'radiusKey',
		'tacacsKey',
		'tacacsSecret',
		'tsigKey',
		'tsigSecret',
	],
	...['ipmiKey', 'bmcKey', 'srtpKey'],
];

/** Short for one; only as a word by itself: `SCBK`, `BLE_LTK`, `peer.lmk`. */
const short = [
	// OSDP, ESP-NOW, Bluetooth, KNX, DLMS, Sigfox, SIM (3GPP TS 35.206), IPMI.
	...['scbk', 'lmk', 'ltk', 'irk', 'csrk', 'fdsk', 'guek', 'gbek', 'gak', 'opc', 'nak'],
];

/** The same where a column or field is called so and no more. */
export const shortVague: readonly string[] = [
	...['pmk', 'ki', 'kg', 'pac', 'nsw', 'asw', 'ak', 'ek', 'kek', 'lls', 'hls', 'cak', 'authKey', 'sessionKey'],
	...['transportKey', 'backboneKey', 'privacyKey', 'decryptionKey', 'applicationKey', 'hmacKey', 'hmacSecret'],
];

const shortNames = new Set(short);
/** Those with whose it is behind them: `LMK_BOILER`. */
const leading = new Set(['scbk', 'lmk', 'pmk', 'ltk', 'irk']);

const SHORT = new RegExp(`${short.join('|')}|pmk`, 'i');

/** `BLE_LTK`, `osdp.scbk`, `peerLmk`, `LMK_BOILER`; null where no such word begins or ends the name. */
export const shortKeyName = (name: string): string | null => {
	if (name.length > 80 || !SHORT.test(name)) return null;
	const words = name
		.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '_')
		.toLowerCase()
		.split(/[_.\s-]+/);
	const [first = ''] = words;
	const last = words.at(-1) ?? '';
	return shortNames.has(last) ? last : leading.has(first) ? first : null;
};

const WORD = /key|psk|secret|25519/i;
const TRADE_WORD = /scbk|[lp]mk|ltk|irk|csrk|fdsk|gu?[abe]k|(?:install|claim|commissioning)_?code|opc/i;
/** Hardly a line of most texts: hex, an array or the padding of base64. */
const VALUE = /[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){7}|0x|\d\s{0,4},\s{0,4}\d{1,3}\s{0,4},|[\w+/]{8}={1,2}/;

/** No key is without one of these: a digit, or the padding of base64. */
const DIGIT = /\d|[\w+/]=(?!\w)/;
export const couldHoldKey = (text: string): boolean => DIGIT.test(text);

/** A word of a key's name somewhere in a line. */
export const hasKeyWord = (text: string): boolean => {
	// Several readers ask of one line.
	if (text !== last.text)
		last = {
			text,
			has: WORD.test(text) || (text.length > 16 && DIGIT.test(text) && TRADE_WORD.test(text) && VALUE.test(text)),
		};
	return last.has;
};
let last = { text: '', has: false };
