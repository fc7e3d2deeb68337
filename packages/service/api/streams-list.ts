import Type from 'typebox';
import { operation } from './operation.ts';
import { nothing, streamSummary } from './shapes.ts';

export const streamsList = operation('streams.list', {
	summary: 'Streams that the caller may read',
	callers: ['certificate'],
	input: nothing,
	output: Type.Array(streamSummary),
});
