import type { Instant } from '@keyward/core';
import type { Presence } from '@keyward/core/observe';
import type { Policy } from '@keyward/core/policy';
import type { Principal } from '@keyward/core/port';
import type { DeviceHealth } from '@keyward/core/update';
import type { Streams } from '../ingest/streams.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Software } from '../update/software.ts';
import type { UpdateReports } from './update-reports.ts';

/** What there is to see of devices. */
export interface Watched {
	readonly sessions: Pick<Sessions, 'of'>;
	readonly streams: Pick<Streams, 'find'>;
	readonly continuity: { of(stream: number): { readonly presence: Presence | null } };
	readonly software: Pick<Software, 'of'>;
	readonly reports: Pick<UpdateReports, 'of'>;
}

/** What the updater of a device says when it went back to the version of before, for good. */
const GAVE_UP = 'fallen-back';

const keptOutOf = (watched: Watched, { kind, application, id, state }: Principal): string | null => {
	if (state === 'quarantined') return 'it is quarantined';
	const despite = watched.sessions.of({ kind, application, id })?.despite;
	return despite === null || despite === undefined ? null : `only its essential streams are let in: ${despite.reason}`;
};

/** What the service sees of this device now. `heard`: when it last asked or was connected, as was remembered. */
export const deviceHealth = (
	watched: Watched,
	policy: Policy,
	principal: Principal,
	weak: ReadonlyMap<string, string>,
	heard: Instant | null,
	now: Instant,
): DeviceHealth => {
	const { kind, application, id, class: className } = principal;
	const report = watched.reports.of(application, id);
	const running = watched.software.of(application).get(id)?.version ?? null;
	const terms = policy.devices.get(className ?? '');
	return {
		...{ running, error: report?.lastError ?? null, gaveUp: report?.state === GAVE_UP, weak },
		seen: watched.sessions.of({ kind, application, id }) === undefined ? heard : now,
		keptOut: keptOutOf(watched, principal),
		streams: (terms?.streams ?? []).map((name) => {
			const stream = watched.streams.find({ application, device: id, stream: name });
			const silent = stream !== undefined && watched.continuity.of(stream.id).presence === 'silent';
			return { name, position: stream?.last ?? 0, silent };
		}),
		sleeps: terms?.sleeps ?? 0,
	};
};
