import { encodeSenmlCbor, encodeSenmlJson } from '@keyward/core/observe';
import type { Waiting } from './outbox.ts';

/** How readings are written: SenML (RFC 8428) in CBOR or JSON. */
export type PackFormat = 'cbor' | 'json';

/** RFC 8428 §12.3: media types of the two. */
export const contentTypes: Readonly<Record<PackFormat, string>> = {
	cbor: 'application/senml+cbor',
	json: 'application/senml+json',
};

/** A pack stays small: it is the unit that is sent again after a cut. */
const mostRecords = 50;
const mostText = 8192;

/** Sorts readings into packs of one stream each. Readings of a stream keep their order, within packs and across them. */
export const sortIntoPacks = (readings: readonly Waiting[]): Waiting[][] => {
	const packs: Waiting[][] = [];
	const open = new Map<string, { readonly pack: Waiting[]; text: number }>();
	for (const reading of readings) {
		const size = reading.sealed?.length ?? (typeof reading.value === 'string' ? reading.value.length : 0);
		// A sealed item goes with its like: a message is sealed as a whole.
		const key = `${reading.stream}/${String(reading.sealed !== undefined)}`;
		let current = open.get(key);
		if (current === undefined || current.pack.length === mostRecords || current.text + size > mostText) {
			current = { pack: [], text: 0 };
			open.set(key, current);
			packs.push(current.pack);
		}
		current.pack.push(reading);
		current.text += size;
	}
	return packs;
};

/** RFC 9052 §11.3: of a sealed message, a CBOR sequence of COSE items (RFC 8742). */
export const sealedType = 'application/cose';

/** Writes the items of a pack that is sealed; null for another. */
export const encodeSealedPack = (readings: readonly Waiting[]): Uint8Array | null => {
	const items = readings.flatMap(({ sealed }) => (sealed === undefined ? [] : [sealed]));
	return items.length === 0 ? null : new Uint8Array(Buffer.concat(items));
};

/** Writes readings of one device as a SenML pack with names `device/stream`. */
export const encodePack = (device: string, readings: readonly Waiting[], format: PackFormat): Uint8Array => {
	const records = readings.map(({ stream, unit, time, value, doubted }) => ({
		name: `${device}/${stream}`,
		unit: unit ?? '',
		time,
		value,
		// Anyone who acts on a reading must know that its time is a guess; the site's policy says whether it is taken at all.
		...(doubted && { doubt: ['time'] as const }),
	}));
	return format === 'cbor' ? encodeSenmlCbor(records) : encodeSenmlJson(records);
};
