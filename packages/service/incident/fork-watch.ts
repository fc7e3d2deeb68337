import { type Milliseconds, minutes } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import type { Log } from '../log/log.ts';
import { createMutex } from '../thread/mutex.ts';
import type { Incidents } from './incidents.ts';

/** How somebody came to know another history of a ledger. */
export interface Fork {
	/** A name, or `_registry`. */
	readonly ledger: string;
	readonly seen: string;
	/** Signed notes that show it. */
	readonly evidence: readonly Uint8Array[];
}

/** How often what goes on is written to its incident. */
const WRITE_EVERY: Milliseconds = minutes(1);

/**
 * CR 3.9, CR 6.2: another history of a ledger is an incident of the service, one for each ledger while it is open. It contains nothing: a
 * witness that lies, or a network that fakes its answer, would do so too. Gives the number of the incident.
 */
export const createForkWatch = (
	incidents: Incidents,
	clock: Clock,
	log: Pick<Log, 'warn'>,
): ((fork: Fork) => Promise<number>) => {
	const inTurn = createMutex();
	return ({ ledger, seen, evidence }) =>
		inTurn(async () => {
			// The registry is nobody's application.
			const application = ledger.startsWith('_') ? '' : ledger;
			const now = clock.now();
			const open = incidents
				.all()
				.find((one) => one.closed === null && one.cause === 'ledger-fork' && one.application === application);
			if (open !== undefined) {
				if (now - open.last >= WRITE_EVERY)
					await incidents.change(open.number, (one) => ({ ...one, times: one.times + 1, last: now }));
				return open.number;
			}
			const { number } = await incidents.open({
				...{ application, device: '', opened: now, cause: 'ledger-fork', by: 'detector', reason: seen },
				...{ times: 1, last: now, evidence: evidence.map((bytes) => Buffer.from(bytes).toString('base64')) },
				...{ containment: null, closed: null },
			});
			log.warn('incident', { number, ledger, detector: 'ledger-fork', seen });
			return number;
		});
};
