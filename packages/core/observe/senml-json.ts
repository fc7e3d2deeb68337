import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { type ResolvedRecord, resolvePack } from './senml.ts';
import { senmlOfInstant } from './senml-time.ts';

/** A record to be written. */
export interface RecordToWrite {
	readonly name: string;
	readonly unit: string;
	readonly time: Instant;
	readonly value: number | string | boolean;
}

/** The label that carries a value. */
export const valueLabel = (value: number | string | boolean): 'v' | 'vs' | 'vb' =>
	typeof value === 'number' ? 'v' : typeof value === 'string' ? 'vs' : 'vb';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads `application/senml+json` (RFC 8428 §5). Throws `Problem('senml-malformed')`. */
export const decodeSenmlJson = (bytes: Uint8Array, now: Instant | null = null): (ResolvedRecord | Problem)[] => {
	let pack: unknown;
	try {
		pack = JSON.parse(utf8.decode(bytes));
	} catch (cause) {
		throw new Problem('senml-malformed', 'the payload is not JSON in UTF-8', { cause });
	}
	if (!Array.isArray(pack)) throw new Problem('senml-malformed', 'a SenML pack is a JSON array (RFC 8428 §5)');
	return resolvePack(pack, now);
};

/** Writes `application/senml+json`. */
export const encodeSenmlJson = (records: readonly RecordToWrite[]): Uint8Array =>
	new TextEncoder().encode(
		JSON.stringify(
			records.map(({ name, unit, time, value }) => ({
				n: name,
				u: unit,
				t: senmlOfInstant(time),
				[valueLabel(value)]: value,
			})),
		),
	);
