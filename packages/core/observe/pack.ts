import { Problem } from '../problem/problem.ts';
import type { ResolvedRecord } from './senml.ts';
import { decodeSenmlCbor } from './senml-cbor.ts';
import { decodeSenmlJson } from './senml-json.ts';

/**
 * Reads a SenML pack in JSON or CBOR, told apart by the first byte: a CBOR array begins with 0x80 to 0x9f, which no
 * JSON text does. Throws `Problem('senml-malformed')`.
 */
export const decodePack = (bytes: Uint8Array): (ResolvedRecord | Problem)[] => {
	const first = bytes[0];
	if (first === undefined) throw new Problem('senml-malformed', 'the payload is empty');
	return first >= 0x80 && first <= 0x9f ? decodeSenmlCbor(bytes) : decodeSenmlJson(bytes);
};
