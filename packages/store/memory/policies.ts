import type { PolicyEpoch, PolicyStore } from '@keyward/core/port';
import { appliedMeanwhile } from '../rules/conflict.ts';

export const memoryPolicies = (): PolicyStore => {
	const policies = new Map<string, PolicyEpoch[]>();
	return {
		putPolicy: async (application, text, at, after) => {
			const epochs = policies.get(application) ?? [];
			if (epochs.length !== after) throw appliedMeanwhile(application, after, epochs.length);
			const made: PolicyEpoch = { application, epoch: epochs.length + 1, text, at };
			policies.set(application, [...epochs, made]);
			return structuredClone(made);
		},
		policies: async () => {
			const newest = [...policies.values()].flatMap((epochs) => epochs.slice(-1));
			return structuredClone(newest.toSorted((a, b) => (a.application < b.application ? -1 : 1)));
		},
	};
};
