import type { Instant } from '@keyward/core';
import { type Fact, updateComponent } from '@keyward/core/policy';
import { judgeStaged, type Rollout, type RolloutDevice } from '@keyward/core/update';

/** An update that the service saw from the offer to a device that does well on it. */
export interface CarriedThrough {
	readonly version: string;
	readonly at: Instant;
	/** False: it did not get the image here, so that it may have run the version by another way. */
	readonly seen: boolean;
}

/** What a device's stage in a rollout shows; null: no update of it was carried through. */
export const carriedThrough = (
	{ version }: Pick<Rollout, 'version'>,
	{ stage, offered, from, fetched, at }: RolloutDevice,
): CarriedThrough | null =>
	stage === 'well' && offered !== null && from !== version
		? { version, at, seen: fetched !== null && fetched >= offered }
		: null;

/**
 * catalogue: update-path. How long ago an update went the whole way to this device: told of, fetched here under its own certificate, run,
 * and well for the soak. One that only says that it runs a version has shown no path.
 */
export const pathFact = (application: string, device: string, last: CarriedThrough | null, now: Instant): Fact => ({
	subject: { kind: 'device', application, id: device },
	claim: 'update-path',
	value: last === null ? 'no update was carried through by a rollout' : Math.max(1, now - last.at),
	strength: last === null || last.seen ? 'observed' : 'claimed',
	...{ source: 'rollout', at: now },
});

/** catalogue: staged-rollout. How the application's newest release went out, or goes. */
export const stagedFact = (
	application: string,
	newest: { readonly rollout: Rollout; readonly devices: readonly RolloutDevice[] } | null,
	now: Instant,
): Fact => ({
	subject: updateComponent(application),
	claim: 'staged-rollout',
	value:
		newest === null
			? 'no release was rolled out'
			: (judgeStaged(newest.rollout, newest.devices) ?? hasStages(newest.rollout)),
	...{ strength: 'observed', source: 'rollout', at: now },
});

/** What has not passed a ring, or halted, has shown nothing of its stages. */
const hasStages = ({ ring, state, version }: Rollout): true | string =>
	ring > 0 || state === 'halted' || state === 'complete' || `the rollout of ${version} is in its first ring`;
