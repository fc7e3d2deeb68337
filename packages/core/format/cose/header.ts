import { Problem } from '../../problem/problem.ts';
import { type Cbor, type CborMap, decodeCbor, encodeCbor, isMap } from './cbor.ts';

/** Common header parameters (RFC 9052 §3.1, table 3), and those of algorithms (RFC 9053 §6.3.1). */
export const header = { alg: 1, crit: 2, contentType: 3, kid: 4, iv: 5, partialIv: 6, ephemeralKey: -1 } as const;

/** Algorithms (RFC 9053), by the numbers of the IANA registry. */
export const algorithm = {
	A128GCM: 1,
	A192GCM: 2,
	A256GCM: 3,
	ES256: -7,
	EdDSA: -8,
	'ECDH-ES+A128KW': -29,
	'ECDH-ES+A192KW': -30,
	'ECDH-ES+A256KW': -31,
} as const;

/** The two buckets of headers (RFC 9052 §3), and the first as it was, for it is covered in that form. */
export interface Headers {
	readonly protectedBytes: Uint8Array;
	readonly protected: CborMap;
	readonly unprotected: CborMap;
}

const empty = new Uint8Array();

export const makeHeaders = (covered: CborMap, unprotected: CborMap = new Map()): Headers => ({
	protectedBytes: covered.size === 0 ? empty : encodeCbor(covered),
	protected: covered,
	unprotected,
});

/**
 * The buckets of a message's first two items. Throws `Problem('seal-malformed')`: also for a parameter that is in both (§3: the two
 * could say different things), and for `crit`, as no parameter is understood here that may be in it (§3.1).
 */
export const readHeaders = (first: Cbor | undefined, second: Cbor | undefined): Headers => {
	if (!(first instanceof Uint8Array) || !isMap(second)) throw broken('its headers are no byte string and map');
	const covered: Cbor = first.length === 0 ? new Map() : decodeCbor(first);
	if (!isMap(covered)) throw broken('its protected headers are no map');
	for (const label of covered.keys()) if (second.has(label)) throw broken(`header ${label} is there twice`);
	if (covered.has(header.crit) || second.has(header.crit)) throw broken('it has a critical header that is not known');
	return { protectedBytes: first, protected: covered, unprotected: second };
};

/**
 * Whether the headers are these and no others: what nobody covers may not tell a reader anything more (unprotected headers moved
 * or added).
 */
export const hasExactly = (headers: Headers, covered: CborMap, unprotected: readonly number[] = []): boolean =>
	Buffer.compare(headers.protectedBytes, covered.size === 0 ? empty : encodeCbor(covered)) === 0 &&
	headers.unprotected.size === unprotected.length &&
	unprotected.every((label) => headers.unprotected.has(label));

/** An empty protected bucket is an empty string in what is covered, however it was sent (RFC 9052 §4.4 and §5.3, step 2). */
export const coveredBytes = ({ protectedBytes, protected: covered }: Headers): Uint8Array =>
	covered.size === 0 ? empty : protectedBytes;

/** A byte string of a header; throws `Problem('seal-malformed')` where it is something else. */
export const bytesHeader = (headers: CborMap, label: number): Uint8Array => {
	const value = headers.get(label);
	if (!(value instanceof Uint8Array)) throw broken(`header ${label} is no byte string`);
	return value;
};

/** A message with headers that nobody declared, in the open beside what is sealed. */
export class UndeclaredHeader extends Problem {
	constructor(what: string) {
		super('seal-malformed', `This is no ${what}: its headers are not those of a ${what}.`);
	}
}

/** A message whose shape is wrong. */
export const broken = (why: string): Problem =>
	new Problem('seal-malformed', `The message is no COSE message of a sealed stream (RFC 9052): ${why}.`);
