import type { Clock, PrincipalName, RolloutStore, UpdateReport } from '@keyward/core/port';
import { createBulkWriter } from '../thread/bulk-writer.ts';

/** What a device says of its updates when it asks what there is for it. */
export type SaidUpdate = Omit<UpdateReport, 'application' | 'device' | 'at' | 'keys' | 'refused'> &
	Partial<Pick<UpdateReport, 'keys' | 'refused'>>;

/** What devices say of their updates, each its last word; changes are written in bulk. */
export interface UpdateReports {
	/** Gives it as it is kept. */
	said(device: PrincipalName, said: SaidUpdate): UpdateReport;
	of(application: string, device: string): UpdateReport | null;
	stop(): Promise<void>;
}

const keyOf = (application: string, device: string): string => `${application}/${device}`;

export const openUpdateReports = async (
	store: Pick<RolloutStore, 'updateReports' | 'putUpdateReports'>,
	clock: Clock,
	report: (error: unknown) => void,
): Promise<UpdateReports> => {
	const known = new Map<string, UpdateReport>();
	for (const one of await store.updateReports()) known.set(keyOf(one.application, one.device), one);
	const writer = createBulkWriter<UpdateReport>((said) => store.putUpdateReports(said), report);
	return {
		said: ({ application, id }, { running, floor, state, lastError, ...more }) => {
			const key = keyOf(application, id);
			const before = known.get(key);
			// What it does not say again stands.
			const keys = more.keys ?? before?.keys ?? null;
			const refused = more.refused ?? before?.refused ?? null;
			const at = clock.now();
			const now: UpdateReport = { application, device: id, running, floor, state, lastError, keys, refused, at };
			known.set(key, now);
			const same =
				before?.running === running &&
				before.floor === floor &&
				before.state === state &&
				before.lastError === lastError &&
				before.keys === keys &&
				before.refused === refused;
			// That it asked once more is no news for the disk.
			if (!same) writer.put(key, now);
			return now;
		},
		of: (application, device) => known.get(keyOf(application, device)) ?? null,
		stop: () => writer.stop(),
	};
};
