import { roughSpan } from '../policy/span.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import type { Rollout, RolloutDevice } from './rollout.ts';
import { compareVersions } from './version-scheme.ts';

/** What the service sees of a device at this moment. */
export interface DeviceHealth {
	/** What it last said that it runs. */
	readonly running: string | null;
	/** What it last said that went wrong with this release; null: nothing. */
	readonly error: string | null;
	/** When it was last heard of; now while it is connected. */
	readonly seen: Instant | null;
	/** What its posture does not hold any more, in words. */
	readonly fallen: string | null;
	/** Its streams: how far they are, and whether readings that should have come did not. */
	readonly streams: readonly { readonly name: string; readonly position: number; readonly silent: boolean }[];
	/** How long its class sleeps. */
	readonly sleeps: Milliseconds;
}

/** Whether a version is known to be before another, by SemVer or as Debian orders; what neither knows is not. */
export const isOlder = (version: string, than: string): boolean =>
	(compareVersions('semver', version, than) ?? compareVersions('deb', version, than) ?? 0) < 0;

const isNewer = (running: string | null, { version }: Terms): running is string =>
	running !== null && isOlder(version, running);

type Terms = Pick<Rollout, 'version' | 'terms'>;

const failed = (device: RolloutDevice, reason: string, at: Instant): RolloutDevice => ({
	...device,
	...{ stage: 'failed', at, reason },
});

const installed = (device: RolloutDevice, { streams }: DeviceHealth, at: Instant): RolloutDevice => ({
	...device,
	...{ stage: 'installed', at, positions: Object.fromEntries(streams.map((one) => [one.name, one.position])) },
});

/** An update that a device was told of, and has not said to run. One that sleeps is waited for; one that is awake, or is gone, is not. */
const judgeOffered = (
	device: RolloutDevice,
	health: DeviceHealth,
	{ version, terms }: Terms,
	now: Instant,
): RolloutDevice => {
	if (health.running === version) return installed(device, health, now);
	if (health.error !== null) return failed(device, `it says: ${health.error}`, now);
	const due = device.at + terms.spread + terms.patience;
	const runs = health.running === null ? 'does not say what it runs' : `runs ${health.running}`;
	if (health.seen !== null && health.seen > due) return failed(device, `it had time to take it, and ${runs}`, now);
	return now > due + health.sleeps + terms.patience
		? failed(device, 'it was told, and has not been heard of since', now)
		: device;
};

/** What still lacks for a device to count as well; null: nothing. */
const lacking = ({ at, positions }: RolloutDevice, { seen, streams }: DeviceHealth): string | null => {
	if (seen === null || seen <= at) return 'it has not been heard of since';
	const quiet = streams.find(({ name, position, silent }) => silent || position <= (positions[name] ?? 0));
	// A stream that never came is no sign of illness now.
	return quiet === undefined || quiet.position === 0 ? null : `nothing has come on ${quiet.name} since`;
};

const judgeInstalled = (
	device: RolloutDevice,
	health: DeviceHealth,
	{ version, terms }: Terms,
	now: Instant,
): RolloutDevice => {
	if (health.running !== version)
		return failed(device, `it went back to ${health.running ?? 'what it does not say'}`, now);
	if (health.fallen !== null) return failed(device, health.fallen, now);
	if (now < device.at + terms.soak) return device;
	const lacks = lacking(device, health);
	if (lacks === null) return { ...device, stage: 'well', at: now };
	const until = device.at + terms.soak + terms.patience + health.sleeps;
	return now > until ? failed(device, `${lacks}, in ${roughSpan(now - device.at)}`, now) : device;
};

/**
 * catalogue: staged-rollout. The health gate: how far a device is, by what the service sees itself. A device that says all is well
 * while its own readings stay away has failed.
 */
export const judgeDevice = (
	device: RolloutDevice,
	health: DeviceHealth,
	rollout: Terms,
	now: Instant,
): RolloutDevice => {
	switch (device.stage) {
		case 'waiting':
			// A newer one came by another way: nothing is left to do.
			if (isNewer(health.running, rollout))
				return { ...device, stage: 'well', at: now, reason: `runs ${health.running} already` };
			return health.running === rollout.version ? installed(device, health, now) : device;
		case 'offered':
			return judgeOffered(device, health, rollout, now);
		case 'installed':
			return judgeInstalled(device, health, rollout, now);
		case 'well':
			// It may fall ill later, while others still wait for it to show how the version does.
			if ((health.running === rollout.version || isNewer(health.running, rollout)) && health.fallen === null)
				return device;
			return failed(device, health.fallen ?? `it went back to ${health.running ?? 'what it does not say'}`, now);
		case 'failed':
			return device;
	}
};
