import { Type } from './type.ts';
import { askedCursor, cursor, mostReadings } from './cursor.ts';
import { operation, operator, people, program } from './operation.ts';
import { exactly, instant, name } from './shapes.ts';

export const streamsArrivals = operation('streams.arrivals', {
	summary: 'When the readings of one stream came, and as what; never what they say',
	callers: [operator, ...people('owner', 'operator', 'auditor'), program],
	safe: true,
	input: exactly({
		application: name,
		device: name,
		stream: name,
		after: askedCursor,
		limit: Type.Integer({ minimum: 1, maximum: mostReadings }),
	}),
	output: exactly({
		arrivals: Type.Array(
			exactly({
				cursor,
				time: { ...instant, description: 'as of readings.read: of a sealed reading, when it arrived' },
				is: Type.Union(
					[Type.Literal('open'), Type.Literal('sealed'), Type.Literal('epoch'), Type.Literal('checkpoint')],
					{ description: 'epoch: a key of sealed readings; checkpoint: the signature of the device over readings' },
				),
				tainted: Type.Optional(Type.Literal(true)),
			}),
		),
		next: cursor,
	}),
});
