import Type from 'typebox';
import { askedCursor, cursor } from './cursor.ts';
import { operation, reader } from './operation.ts';
import { exactly, name, reading } from './shapes.ts';

/** The most readings that one answer carries. */
export const mostReadings = 1000;

export const readingsRead = operation('readings.read', {
	summary: 'Readings of one stream after a cursor',
	callers: [reader],
	safe: true,
	reads: 'stream',
	input: exactly({
		application: name,
		device: name,
		stream: name,
		after: askedCursor,
		limit: Type.Integer({ minimum: 1, maximum: mostReadings }),
	}),
	output: exactly({ readings: Type.Array(reading), next: cursor }),
});
