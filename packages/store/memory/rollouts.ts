import type { RolloutStore, StoredRollout, StoredRolloutDevice, UpdateReport } from '@keyward/core/port';
import { rolloutMeanwhile } from '../rules/rollout-meanwhile.ts';

export const memoryRollouts = (): RolloutStore => {
	const rollouts = new Map<string, StoredRollout>();
	const devices = new Map<string, Map<string, StoredRolloutDevice>>();
	const reports = new Map<string, UpdateReport>();
	return {
		putRollout: async (rollout, moved, after) => {
			if ((rollouts.get(rollout.id)?.revision ?? 0) !== after) throw rolloutMeanwhile(rollout.id);
			rollouts.set(rollout.id, { ...rollout, revision: after + 1 });
			const own = devices.get(rollout.id) ?? new Map<string, StoredRolloutDevice>();
			for (const { device, text } of moved) own.set(device, { rollout: rollout.id, device, text });
			devices.set(rollout.id, own);
		},
		rollouts: async (application) =>
			structuredClone(
				[...rollouts.values()].filter((one) => application === undefined || one.application === application),
			),
		rolloutDevices: async (id) => structuredClone([...(devices.get(id)?.values() ?? [])]),
		putUpdateReports: async (said) => {
			for (const one of said) reports.set(JSON.stringify([one.application, one.device]), { ...one });
		},
		updateReports: async (application) =>
			structuredClone(
				[...reports.values()].filter((one) => application === undefined || one.application === application),
			),
	};
};
