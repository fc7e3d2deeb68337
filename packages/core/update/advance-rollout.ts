import type { Bytes } from '../units/bytes.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import { type Rollout, type RolloutDevice } from './rollout.ts';
import { type DeviceHealth, isOlder, judgeDevice } from './rollout-gate.ts';

/** A step of a rollout: what became of it, and of the devices that moved. */
export interface RolloutStep {
	readonly rollout: Rollout;
	readonly devices: readonly RolloutDevice[];
	readonly moved: readonly RolloutDevice[];
}

const most = 5;

const named = (devices: readonly RolloutDevice[]): string => {
	const some = devices.slice(0, most).map(({ device, reason }) => `${device} (${reason ?? 'no reason'})`);
	return devices.length > most ? `${some.join(', ')} and ${devices.length - most} more` : some.join(', ');
};

/** The first open ring of which more failed than may; null: none. */
const failingRing = (rollout: Rollout, devices: readonly RolloutDevice[]): string | null => {
	for (let ring = 0; ring <= rollout.ring; ring++) {
		const members = devices.filter((one) => one.ring === ring && one.stage !== 'newer');
		const ill = members.filter(({ stage }) => stage === 'failed');
		if (ill.length > rollout.terms.mostFailing * members.length)
			return `${ill.length} of the ${members.length} of ring ${ring + 1} failed: ${named(ill)}`;
	}
	return null;
};

/** A ring is through when nobody in it is under way, and those who still wait sleep. One of it must have shown that the version does well. */
const isThrough = (
	{ ring, since, terms }: Rollout,
	devices: readonly RolloutDevice[],
	healthOf: (device: string) => DeviceHealth,
): boolean => {
	const open = devices.filter((one) => one.ring <= ring);
	const members = open.filter((one) => one.ring === ring && one.stage !== 'newer');
	if (members.length > 0 && members.every(({ stage }) => stage !== 'well')) return false;
	return open.every(({ stage, device }) => {
		if (stage !== 'waiting') return stage === 'well' || stage === 'newer' || stage === 'failed';
		const { seen } = healthOf(device);
		return ring < terms.rings.length && (seen === null || seen <= since);
	});
};

/** Judges every device and then the rollout. Halted or paused, what is under way is still judged. */
export const advanceRollout = (
	rollout: Rollout,
	known: readonly RolloutDevice[],
	healthOf: (device: string) => DeviceHealth,
	now: Instant,
): RolloutStep => {
	if (rollout.state === 'stopped' || rollout.state === 'complete') return { rollout, devices: known, moved: [] };
	const devices = known.map((one) => judgeDevice(one, healthOf(one.device), rollout, now));
	const moved = devices.filter((one, index) => one !== known[index]);
	if (rollout.state !== 'running') return { rollout, devices, moved };
	const failing = failingRing(rollout, devices);
	// catalogue: staged-rollout. It halts by itself.
	if (failing !== null) return { rollout: { ...rollout, state: 'halted', reason: failing }, devices, moved };
	// It went to nobody, and is never complete.
	if (devices.length > 0 && devices.every(({ stage }) => stage === 'newer'))
		return { rollout: { ...rollout, state: 'stopped', reason: 'every device runs a newer version' }, devices, moved };
	if (!isThrough(rollout, devices, healthOf)) return { rollout, devices, moved };
	const { rings } = rollout.terms;
	const next: Rollout =
		rollout.ring < rings.length
			? { ...rollout, ring: rollout.ring + 1, since: now }
			: { ...rollout, state: 'complete' };
	return { rollout: next, devices, moved };
};

/** Goes on: those who failed are told again, for what made them fail was mended. */
export const resumeRollout = (rollout: Rollout, devices: readonly RolloutDevice[], now: Instant): RolloutStep => {
	const again = devices.map((one): RolloutDevice =>
		one.stage === 'failed' ? { ...one, stage: 'waiting', at: now, reason: null } : one,
	);
	return {
		rollout: { ...rollout, state: 'running', since: now, reason: null },
		devices: again,
		moved: again.filter((one, index) => one !== devices[index]),
	};
};

/** When the next device may begin, so that all downloads together keep the cap. */
export const nextBegin = (size: Bytes, bytesPerSecond: Bytes | null): Milliseconds =>
	bytesPerSecond === null || size === 0 ? 0 : Math.ceil((size * 1000) / bytesPerSecond);

/**
 * Whether this device is told of the release now. A hint: what it takes is decided by what the owner signed, on the device. Nobody is
 * told of what is older than it says that it runs.
 */
export const mayOffer = (rollout: Rollout, device: RolloutDevice, running: string | null): boolean =>
	rollout.state === 'running' &&
	device.ring <= rollout.ring &&
	(device.stage === 'waiting' || device.stage === 'offered') &&
	rollout.releases[device.class] !== undefined &&
	running !== rollout.version &&
	(running === null || !isOlder(rollout.version, running));

/** The device when it has been told. */
export const offer = (
	device: RolloutDevice,
	{ running, weak }: Pick<DeviceHealth, 'running' | 'weak'>,
	now: Instant,
): RolloutDevice =>
	device.stage === 'offered'
		? device
		: {
				...device,
				...{ stage: 'offered', at: now, from: running, offered: device.offered ?? now, weak: [...weak.keys()] },
			};
