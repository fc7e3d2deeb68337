import type { Operations } from '@keyward/contract';
import type { RolloutDevice, RolloutStage } from '@keyward/core/update';
import type { RolloutView } from '../rollout/rollouts.ts';

type Stages = Record<RolloutStage, number>;

const stagesOf = (devices: readonly RolloutDevice[]): Stages => {
	const found: Stages = { waiting: 0, offered: 0, installed: 0, well: 0, newer: 0, failed: 0 };
	for (const { stage } of devices) found[stage]++;
	return found;
};

/** A rollout without its devices. */
export const rolloutSummary = ({ rollout, devices }: RolloutView): Operations['rollout.list']['output'][number] => {
	const { id, application, version, state, reason, started, since, ring, terms } = rollout;
	const rings = Array.from({ length: terms.rings.length + 1 }, (_, index) =>
		stagesOf(devices.filter((one) => one.ring === index)),
	);
	return { id, application, version, state, reason, started, since, ring, rings };
};
