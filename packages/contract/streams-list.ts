import { Type } from './type.ts';
import { operation, reader } from './operation.ts';
import { nothing, streamSummary } from './shapes.ts';

export const streamsList = operation('streams.list', {
	summary: 'Streams that the caller may read',
	callers: [reader],
	safe: true,
	input: nothing,
	output: Type.Array(streamSummary),
});
