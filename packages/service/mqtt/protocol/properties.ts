import { malformed, type WireReader } from './wire-reader.ts';

/** Where properties stand that a client may send. */
export type PropertyPlace = 'connect' | 'will' | 'publish' | 'puback' | 'subscribe' | 'unsubscribe' | 'disconnect';

interface Property {
	readonly places: readonly PropertyPlace[];
	/** Reads the value, and throws where MQTT does not allow it. */
	readonly read: (reader: WireReader) => void;
	readonly repeated?: boolean;
}

const flag = (reader: WireReader): void => {
	if (reader.byte() > 1) throw malformed('a property is neither 0 nor 1');
};
const number = (reader: WireReader): void => void reader.fourBytes();
const small = (reader: WireReader): void => void reader.twoBytes();
const text = (reader: WireReader): void => void reader.text();
const binary = (reader: WireReader): void => reader.binary();
const positive =
	(read: 'twoBytes' | 'fourBytes' | 'variable') =>
	(reader: WireReader): void => {
		if (reader[read]() === 0) throw malformed('a property is 0 that must not be');
	};
/** [MQTT-3.3.2-14], [MQTT-4.7.3-1] */
const topic = (reader: WireReader): void => {
	const { length, wildcard } = reader.text();
	if (length === 0 || wildcard) throw malformed('a response topic is empty or holds a wildcard');
};

/** MQTT 5 §2.2.2.2, table 2-4, as far as it concerns what a client sends. */
const properties = new Map<number, Property>([
	[0x01, { places: ['publish', 'will'], read: flag }],
	[0x02, { places: ['publish', 'will'], read: number }],
	[0x03, { places: ['publish', 'will'], read: text }],
	[0x08, { places: ['publish', 'will'], read: topic }],
	[0x09, { places: ['publish', 'will'], read: binary }],
	[0x0b, { places: ['subscribe'], read: positive('variable') }],
	[0x11, { places: ['connect', 'disconnect'], read: number }],
	[0x15, { places: ['connect'], read: text }],
	[0x16, { places: ['connect'], read: binary }],
	[0x17, { places: ['connect'], read: flag }],
	[0x18, { places: ['will'], read: number }],
	[0x19, { places: ['connect'], read: flag }],
	[0x1f, { places: ['puback', 'disconnect'], read: text }],
	[0x21, { places: ['connect'], read: positive('twoBytes') }],
	[0x22, { places: ['connect'], read: small }],
	[0x23, { places: ['publish'], read: small }],
	[
		0x26,
		{
			places: ['connect', 'will', 'publish', 'puback', 'subscribe', 'unsubscribe', 'disconnect'],
			read: (reader) => {
				reader.text();
				reader.text();
			},
			repeated: true,
		},
	],
	[0x27, { places: ['connect'], read: positive('fourBytes') }],
]);

const authenticationMethod = 0x15;
const authenticationData = 0x16;

const none: ReadonlySet<number> = new Set();

/**
 * Properties of a packet, each where it may be and once (MQTT 5 §2.2.2). Gives the identifiers of those that are there.
 * Throws `Problem('packet-malformed')`.
 */
export const checkProperties = (reader: WireReader, place: PropertyPlace): ReadonlySet<number> => {
	const length = reader.variable();
	if (length === 0) return none;
	const { end } = reader;
	const last = reader.at + length;
	if (last > end) throw malformed('its properties are longer than itself');
	reader.end = last;
	const seen = new Set<number>();
	while (reader.at < last) {
		const identifier = reader.variable();
		const property = properties.get(identifier);
		if (property === undefined || !property.places.includes(place)) {
			throw malformed(`property 0x${identifier.toString(16)} has no place here`);
		}
		if (seen.has(identifier) && property.repeated !== true) {
			throw malformed(`property 0x${identifier.toString(16)} comes twice`);
		}
		seen.add(identifier);
		property.read(reader);
	}
	reader.end = end;
	// MQTT 5 §3.1.2.11.10
	if (seen.has(authenticationData) && !seen.has(authenticationMethod)) {
		throw malformed('it has authentication data without a method');
	}
	return seen;
};
