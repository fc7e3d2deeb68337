import type { RowView, StreamSummary } from '@keyward/contract';
import { contentType, decodeRecord } from '@keyward/core/observe';
import type { Policy } from '@keyward/core/policy';
import type { Row, StreamState } from '@keyward/core/port';
import type { Cursors } from '../delivery/cursors.ts';
import type { ApiDependencies } from './answer.ts';

/** How a stream is shown to somebody who may read it. */
export const streamSummary = (
	state: StreamState,
	policy: Policy | null,
	{ cursors, continuity }: Pick<ApiDependencies, 'cursors' | 'continuity'>,
): StreamSummary => ({
	application: state.application,
	device: state.device,
	stream: state.stream,
	unit: policy?.streams.get(state.stream)?.unit ?? '',
	last: state.last,
	cursor: cursors.write(state.last),
	newest: state.latest,
	...continuity.of(state.id),
});

/** A sealed row goes out as it came: nothing here could open it, and nothing here tries. */
export const readingView =
	(cursors: Cursors) =>
	({ cursor, time, type, payload }: Row): RowView => ({
		cursor: cursors.write(cursor),
		time,
		...(type === contentType.value ? decodeRecord(payload) : { sealed: Buffer.from(payload).toString('base64') }),
	});
