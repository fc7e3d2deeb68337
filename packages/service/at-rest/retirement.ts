import { Problem } from '@keyward/core';
import { type Policy, satisfies } from '@keyward/core/policy';
import type { Clock, FactStore, PrincipalName, PrincipalStore } from '@keyward/core/port';
import { erasureBegun, isBegun } from '../evidence/retirement.ts';
import type { Erased } from './erasure.ts';

/** What became of the readings of a device that was taken out of service. */
export interface RetiredReadings extends Pick<Erased, 'keys' | 'readings'> {
	/** Why they are not erased yet: the next start tries again, and so does the same call. Null where they are. */
	readonly failed: string | null;
}

/** Requirement erased-at-retirement (CR 4.2): with a device go its readings, where its application's policy asks for it. */
export interface Retirement {
	/** Whether that is asked of devices of this application. */
	asked(application: string): boolean;
	/** Puts on record that its readings are to go: before it is retired, so that no crash between leaves them. */
	begin(device: PrincipalName): Promise<void>;
	/** Once it is retired. */
	finish(device: PrincipalName): Promise<RetiredReadings>;
	/** Finishes what was cut short. */
	finishAll(applications: readonly string[]): Promise<void>;
}

export interface RetirementOptions {
	readonly store: FactStore & PrincipalStore;
	readonly policyOf: (application: string) => Policy | null;
	readonly erase: (application: string, device: string) => Promise<Erased>;
	readonly clock: Clock;
}

export const createRetirement = ({ store, policyOf, erase, clock }: RetirementOptions): Retirement => {
	const finish: Retirement['finish'] = async ({ application, id }) => {
		try {
			const { keys, readings } = await erase(application, id);
			return { keys, readings, failed: null };
		} catch (error) {
			// The device is out of service all the same, and the posture says that its readings are there.
			if (error instanceof Problem) return { keys: 0, readings: 0, failed: error.detail };
			throw error;
		}
	};
	return {
		asked: (application) => {
			const policy = policyOf(application);
			const asked = policy?.mode === 'enforce' ? policy.parameters['erased-at-retirement'] : null;
			return asked !== null && satisfies('erased-at-retirement', asked, 'verified');
		},
		begin: (device) => store.putFacts([erasureBegun(device, clock.now())]),
		finish,
		finishAll: async (applications) => {
			for (const application of applications) {
				for (const { subject } of (await store.facts(application)).filter(isBegun)) {
					const device = { kind: 'device', application, id: subject.id } as const;
					if ((await store.principal(device))?.state === 'retired') await finish(device);
				}
			}
		},
	};
};
