import { roughSpan } from '../policy/span.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import type { Rollout, RolloutDevice } from './rollout.ts';
import { compareVersions } from './version-scheme.ts';

/** What the service sees of a device at this moment. */
export interface DeviceHealth {
	/** What it last said that it runs. */
	readonly running: string | null;
	/** What it says that went wrong since it was told; null: nothing. */
	readonly error: string | null;
	/** It went back by itself, and does not try again. */
	readonly gaveUp: boolean;
	/** When it was last heard of; now while it is connected. */
	readonly seen: Instant | null;
	/** Why it is kept out, in words; null: it is not. */
	readonly keptOut: string | null;
	/** Requirements that it falls short of, and why. */
	readonly weak: ReadonlyMap<string, string>;
	/** Its streams: how far they are, and whether readings that should have come did not. */
	readonly streams: readonly { readonly name: string; readonly position: number; readonly silent: boolean }[];
	/** How long its class sleeps. */
	readonly sleeps: Milliseconds;
}

/** Whether a version is known to be before another, by SemVer or as Debian orders; what neither knows is not. */
export const isOlder = (version: string, than: string): boolean =>
	(compareVersions('semver', version, than) ?? compareVersions('deb', version, than) ?? 0) < 0;

type Terms = Pick<Rollout, 'version' | 'terms'>;

const isNewer = (running: string | null, { version }: Terms): running is string =>
	running !== null && isOlder(version, running);

const failed = (device: RolloutDevice, reason: string, at: Instant): RolloutDevice => ({
	...device,
	...{ stage: 'failed', at, reason },
});

const newer = (device: RolloutDevice, running: string, at: Instant): RolloutDevice => ({
	...device,
	...{ stage: 'newer', at, reason: `runs ${running} already` },
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
	if (health.gaveUp) return failed(device, `it gave up: ${health.error ?? 'it does not say why'}`, now);
	const due = device.at + terms.spread + terms.patience;
	const said = health.error === null ? '' : `; it says: ${health.error}`;
	const runs = `${health.running === null ? 'does not say what it runs' : `runs ${health.running}`}${said}`;
	if (health.seen !== null && health.seen > due) return failed(device, `it had time to take it, and ${runs}`, now);
	return now > due + health.sleeps + terms.patience
		? failed(device, 'it was told, and has not been heard of since', now)
		: device;
};

/** What its posture does not hold any more. */
const fallenOf = ({ weak: before }: RolloutDevice, { keptOut, weak }: DeviceHealth): string | null => {
	if (keptOut !== null) return keptOut;
	for (const [requirement, reason] of weak) if (!before.includes(requirement)) return `${reason} (${requirement})`;
	return null;
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
	const fallen = fallenOf(device, health);
	if (fallen !== null) return failed(device, fallen, now);
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
			// A newer one came by another way: nothing is left to do, and nothing is shown of this one.
			if (isNewer(health.running, rollout)) return newer(device, health.running, now);
			return health.running === rollout.version ? installed(device, health, now) : device;
		case 'newer':
			return health.running === null || isNewer(health.running, rollout)
				? device
				: { ...device, stage: 'waiting', at: now, reason: null };
		case 'offered':
			if (isNewer(health.running, rollout)) return newer(device, health.running, now);
			return judgeOffered(device, health, rollout, now);
		case 'installed':
			return judgeInstalled(device, health, rollout, now);
		case 'well': {
			// It may fall ill later, while others still wait for it to show how the version does.
			if (health.running !== rollout.version && !isNewer(health.running, rollout))
				return failed(device, `it went back to ${health.running ?? 'what it does not say'}`, now);
			const fallen = fallenOf(device, health);
			return fallen === null ? device : failed(device, fallen, now);
		}
		case 'failed':
			return device;
	}
};
