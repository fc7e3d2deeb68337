import type { RowView, StreamSummary } from '@keyward/contract';
import { type LifeState, mayUseCertificate } from '@keyward/core/device';
import { contentType, decodeRecord, type ShownDoubt } from '@keyward/core/observe';
import type { Policy } from '@keyward/core/policy';
import type { Row, StreamState } from '@keyward/core/port';
import type { Taints } from '../incident/taints.ts';
import type { Cursors } from '../delivery/cursors.ts';
import type { ApiDependencies } from './answer.ts';

/**
 * How a stream is shown to somebody who may read it. `device` is the state of who sends it: one that is kept out is not heard, though its
 * newest reading may be of a moment ago.
 */
export const streamSummary = (
	state: StreamState,
	device: LifeState | null,
	policy: Policy | null,
	{ cursors, continuity }: Pick<ApiDependencies, 'cursors' | 'continuity'>,
): StreamSummary => {
	const terms = policy?.streams.get(state.stream);
	const { presence, missing } = continuity.of(state.id);
	return {
		...{ application: state.application, device: state.device, stream: state.stream },
		unit: terms?.unit ?? '',
		last: state.last,
		cursor: cursors.write(state.last),
		newest: state.latest,
		presence: device !== null && mayUseCertificate(device) ? presence : null,
		every: terms?.every ?? null,
		missing: terms === undefined || policy?.parameters['gap-noticed'] === null ? null : missing,
	};
};

/** A sealed row goes out as it came: nothing here could open it, and nothing here tries. What is tainted is marked, either way. */
export const readingView =
	(cursors: Cursors, taints: Taints) =>
	({ stream, cursor, time, type, payload }: Row): RowView => {
		const place = { cursor: cursors.write(cursor), time };
		const tainted = taints.has(stream, cursor);
		if (type !== contentType.value)
			return {
				...{ ...place, sealed: Buffer.from(payload).toString('base64') },
				...(tainted && { doubt: ['tainted'] }),
			};
		const { doubt = [], ...record } = decodeRecord(payload);
		const doubts: ShownDoubt[] = tainted ? [...doubt, 'tainted'] : [...doubt];
		return { ...place, ...record, ...(doubts.length > 0 && { doubt: doubts }) };
	};
