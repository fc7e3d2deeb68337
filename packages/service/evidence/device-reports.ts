import { hours, type Milliseconds } from '@keyward/core';
import type { KnownInstrument } from '@keyward/core/policy';
import type { Clock, DeviceReportStore, PrincipalName, StoredDeviceReport } from '@keyward/core/port';
import { createBulkWriter } from '../thread/bulk-writer.ts';

/** What devices say of the machines that they are, each its last word; written in bulk. */
export interface DeviceReports extends AsyncDisposable {
	/** Gives what it said before, null where nothing. */
	said(device: PrincipalName, said: Pick<StoredDeviceReport, 'attested' | 'report'>): StoredDeviceReport | null;
	of(application: string, device: string): StoredDeviceReport | null;
	/** Another device comes in under this name: what the one before said is not its word. Durable when it resolves. */
	forget(device: PrincipalName): Promise<void>;
	/** What stands behind devices of an application, by their own word. */
	instruments(application: string): KnownInstrument[];
}

/** The same again is no news for the disk, until what is there is this old. */
const SAME_FOR: Milliseconds = hours(6);

const keyOf = (application: string, device: string): string => `${application}/${device}`;

export const openDeviceReports = async (
	store: DeviceReportStore,
	clock: Clock,
	report: (error: unknown) => void,
): Promise<DeviceReports> => {
	const known = new Map<string, StoredDeviceReport>();
	const written = new Map<string, number>();
	for (const one of await store.deviceReports()) {
		known.set(keyOf(one.application, one.device), one);
		written.set(keyOf(one.application, one.device), one.at);
	}
	const writer = createBulkWriter<StoredDeviceReport>(async (said) => {
		await store.putDeviceReports(said);
		for (const { application, device, at } of said) written.set(keyOf(application, device), at);
	}, report);
	const same = (before: StoredDeviceReport | null, now: StoredDeviceReport): boolean =>
		before !== null &&
		before.attested === now.attested &&
		JSON.stringify(before.report) === JSON.stringify(now.report) &&
		now.at - (written.get(keyOf(now.application, now.device)) ?? 0) < SAME_FOR;
	return {
		said: ({ application, id }, said) => {
			const key = keyOf(application, id);
			const now = { application, device: id, at: clock.now(), ...said };
			const before = known.get(key) ?? null;
			known.set(key, now);
			if (writer.waits(key) || !same(before, now)) writer.put(key, now);
			return before;
		},
		forget: async ({ application, id }) => {
			const key = keyOf(application, id);
			for (const kept of [known, written]) kept.delete(key);
			writer.drop(key);
			// After what is being written, which may have it.
			await writer.between(() => store.forgetDeviceReport(application, id));
		},
		instruments: (application) =>
			[...known.values()]
				.filter((one) => one.application === application)
				.flatMap(({ device, at, report: { instruments = [] } }) =>
					instruments.map((instrument) => ({ device, at, instrument })),
				),
		of: (application, device) => known.get(keyOf(application, device)) ?? null,
		[Symbol.asyncDispose]: () => writer.stop(),
	};
};
