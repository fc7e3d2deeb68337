import { Type } from './type.ts';
import { askedCursor, cursor, mostReadings } from './cursor.ts';
import { operation, reader } from './operation.ts';
import { exactly, instant, name, reading } from './shapes.ts';

export const readingsRead = operation('readings.read', {
	summary: 'Readings of one stream after a cursor, and of a span of time; the end is where `next` is what `after` was',
	callers: [reader],
	safe: true,
	reads: 'stream',
	input: exactly({
		application: name,
		device: name,
		stream: name,
		after: askedCursor,
		limit: Type.Integer({ minimum: 1, maximum: mostReadings }),
		from: Type.Optional(
			Type.Integer({
				...instant,
				description: 'only readings of this time or later; of a sealed stream, that arrived then',
			}),
		),
		to: Type.Optional(Type.Integer({ ...instant, description: 'only readings before this time' })),
	}),
	output: exactly({ readings: Type.Array(reading), next: cursor }),
});
