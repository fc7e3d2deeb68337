import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import type { ResolvedRecord } from './senml.ts';
import { decodeSenmlCbor } from './senml-cbor.ts';
import { decodeSenmlJson } from './senml-json.ts';

/**
 * Reads a SenML pack in JSON or CBOR, told apart by the first byte: a CBOR array begins with 0x80 to 0x9f, which no
 * JSON text does. Relative times count from `now`, and are refused where it is null. Throws `Problem('senml-malformed')`.
 */
export const decodePack = (bytes: Uint8Array, now: Instant | null = null): (ResolvedRecord | Problem)[] => {
	const first = bytes[0];
	if (first === undefined) throw new Problem('senml-malformed', 'the payload is empty');
	return first >= 0x80 && first <= 0x9f ? decodeSenmlCbor(bytes, now) : decodeSenmlJson(bytes, now);
};
