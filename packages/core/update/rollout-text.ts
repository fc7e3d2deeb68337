import type { Rollout, RolloutDevice } from './rollout.ts';

/** A rollout as a store keeps it. */
export const writeRollout = (rollout: Rollout): string => JSON.stringify(rollout);

/** What `writeRollout` wrote: of our store, and not judged again. */
export const readRollout = (text: string): Rollout => JSON.parse(text) as Rollout;

export const writeRolloutDevice = (device: RolloutDevice): string => JSON.stringify(device);

export const readRolloutDevice = (text: string): RolloutDevice => JSON.parse(text) as RolloutDevice;
