import { type Milliseconds, minutes, Problem } from '@keyward/core';
import { principalKey } from '@keyward/core/device';
import { detectors } from '@keyward/core/incident';
import type { Policy } from '@keyward/core/policy';
import type { Clock } from '@keyward/core/port';
import type { Log } from '../log/log.ts';
import { createKeyedMutex } from '../thread/keyed-mutex.ts';
import type { Containments } from './containments.ts';
import type { Incidents } from './incidents.ts';
import type { Notice, Notices } from '../notice/notices.ts';

/** CR 7.1: open incidents that detectors may hold at once. Beyond it, the log says what is seen; proof contains in any case. */
const MOST_OPEN = 1000;
/** How often what goes on is written to its incident. */
const WRITE_EVERY: Milliseconds = minutes(1);
/** The largest evidence that is kept with an incident. */
const LARGEST = 128 * 1024;

export interface DetectionOptions {
	readonly notices: Notices;
	readonly incidents: Incidents;
	readonly containments: Pick<Containments, 'contain'>;
	readonly policyOf: (application: string) => Policy | null;
	readonly clock: Clock;
	readonly log: Pick<Log, 'warn'>;
	readonly report: (error: unknown) => void;
}

/**
 * `take`: the same for one notice, kept when it resolves.
 *
 * Opens an incident for what detectors notice (CR 6.2), one for each device and detector while it is open. What nobody but the holder of
 * the key can make contains the device where the policy enforces; all else is for a person to look at.
 */
export const startDetection = (options: DetectionOptions): { take(notice: Notice): Promise<void> } => {
	const { notices, incidents, containments, policyOf, clock, log, report } = options;
	const inTurn = createKeyedMutex();

	const take = async ({ detector, device, seen, times, evidence }: Notice): Promise<void> => {
		const { application, id } = device;
		const now = clock.now();
		const all = incidents.all();
		const open = all.find(
			(one) => one.closed === null && one.cause === detector && one.application === application && one.device === id,
		);
		// From when on its key was somebody else's nobody knows: all that the site keeps of it is marked.
		// What took it may take the others of its class: they get new keys, few at once, unless a person said otherwise.
		const containing = { application, device: id, since: 0, reason: seen, by: detector, rekey: {} };
		const contains = detectors[detector].proof && policyOf(application)?.mode === 'enforce';
		if (open !== undefined) {
			if (now - open.last < WRITE_EVERY) return;
			await incidents.change(open.number, (one) => ({ ...one, times: one.times + times, last: now }));
			// The policy did not enforce yet when it was opened.
			if (contains && open.containment === null) await containments.contain(containing);
			return;
		}
		const kept = evidence
			.filter(({ length }) => length <= LARGEST)
			.map((bytes) => Buffer.from(bytes).toString('base64'));
		if (contains) {
			log.warn('incident', { application, device: id, detector, seen });
			await containments.contain({ ...containing, proof: { cause: detector, times, evidence: kept } });
			return;
		}
		if (all.filter((one) => one.closed === null && one.by === 'detector').length >= MOST_OPEN) {
			log.warn('too many incidents are open: close some', { application, device: id, detector, seen });
			return;
		}
		const { number } = await incidents.open({
			...{ application, device: id, opened: now, cause: detector, by: 'detector', reason: seen, times, last: now },
			...{ evidence: kept, containment: null, closed: null },
		});
		log.warn('incident', { number, application, device: id, detector, seen });
	};

	const taken = (notice: Notice): Promise<void> => inTurn(principalKey(notice.device), () => take(notice));
	notices.onNotice((notice) => {
		void taken(notice).catch((error: unknown) => {
			// One that is gone meanwhile.
			if (!(error instanceof Problem) || error.code !== 'device-unknown') report(error);
		});
	});
	return { take: taken };
};
