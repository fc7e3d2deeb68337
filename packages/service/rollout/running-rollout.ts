import type { Instant } from '@keyward/core';
import { mayUseCertificate } from '@keyward/core/device';
import type { Principal, RolloutStore } from '@keyward/core/port';
import {
	isOlder,
	joinDevice,
	type Member,
	readRollout,
	readRolloutDevice,
	type Rollout,
	type RolloutDevice,
	writeRollout,
	writeRolloutDevice,
} from '@keyward/core/update';
import type { RolloutView } from './rollouts.ts';

const NAMED = 3;

/** A rollout in memory, and what of it is not written yet. */
export interface RunningRollout {
	rollout: Rollout;
	revision: number;
	/** Of everybody who ever was in it. */
	readonly devices: Map<string, RolloutDevice>;
	/** Devices that moved since the last write. */
	readonly unwritten: Set<string>;
	/** From when on the next device may begin, so that the cap is kept. */
	nextBegin: Instant;
}

export const isOver = ({ state }: Pick<Rollout, 'state'>): boolean => state === 'stopped' || state === 'complete';

export const viewOf = ({ rollout, devices }: RunningRollout): RolloutView => ({
	rollout,
	devices: [...devices.values()],
});

/** Reads every rollout of the store, oldest first. */
export const readRollouts = async (
	store: Pick<RolloutStore, 'rollouts' | 'rolloutDevices'>,
): Promise<RunningRollout[]> => {
	const found: RunningRollout[] = [];
	for (const { id, revision, text } of await store.rollouts()) {
		const devices = (await store.rolloutDevices(id)).map((one) => readRolloutDevice(one.text));
		found.push({
			...{ rollout: readRollout(text), revision, unwritten: new Set(), nextBegin: 0 },
			devices: new Map(devices.map((one) => [one.device, one])),
		});
	}
	return found;
};

/** Durable when it resolves: the rollout, and the devices that moved. */
export const keepRollout = async (
	store: Pick<RolloutStore, 'putRollout'>,
	running: RunningRollout,
	rollout: Rollout,
): Promise<void> => {
	const moved = [...running.unwritten];
	const texts = moved.flatMap((device) => {
		const one = running.devices.get(device);
		return one === undefined ? [] : [{ device, text: writeRolloutDevice(one) }];
	});
	const { id, application } = rollout;
	// What moves while the disk is waited for is for the next write.
	running.unwritten.clear();
	try {
		await store.putRollout({ id, application, text: writeRollout(rollout) }, texts, running.revision);
	} catch (error) {
		for (const device of moved) running.unwritten.add(device);
		throw error;
	}
	running.revision++;
	running.rollout = rollout;
};

/** Devices of classes that have the release; those that are kept out count too, or nobody would see why they stay away. */
export const membersOf = (
	{ application, releases }: Pick<Rollout, 'application' | 'releases'>,
	principals: readonly Principal[],
): (Principal & Member)[] =>
	principals
		.filter(
			(one) =>
				one.kind === 'device' &&
				one.application === application &&
				releases[one.class ?? ''] !== undefined &&
				(mayUseCertificate(one.state) || one.state === 'quarantined'),
		)
		.map((one) => ({ ...one, device: one.id, class: one.class ?? '' }));

/** Those of them that run no later version than this, as far as they said. */
export const takersOf = <Of extends Member>(
	{ version }: Pick<Rollout, 'version'>,
	members: readonly Of[],
	said: ReadonlyMap<string, { readonly version: string | null }>,
): Of[] =>
	members.filter(({ device }) => {
		const running = said.get(device)?.version ?? null;
		return running === null || !isOlder(version, running);
	});

/** Why a release is not brought to devices that all run a later one. */
export const nothingOlder = (
	{ application, version }: Pick<Rollout, 'application' | 'version'>,
	members: readonly Member[],
): string => {
	const names = members.slice(0, NAMED).map(({ device }) => device);
	return `Every device of ${application} that ${version} is for runs a newer version (${names.join(', ')}${members.length > NAMED ? ', …' : ''}), and none goes back: sign what they are to run as a release with a higher version, and start that.`;
};

/** Takes in who came since. */
export const joinNew = (running: RunningRollout, members: readonly Member[], now: Instant): void => {
	for (const member of members) {
		if (running.devices.has(member.device)) continue;
		running.devices.set(member.device, joinDevice(running.rollout, member, now));
		running.unwritten.add(member.device);
	}
};

/** Why another rollout cannot begin, for whom this one waits, and how it is ended: it may wait for devices that never run. */
export const inTheWay = ({ rollout: { application, version }, devices }: RunningRollout): string => {
	const open = [...devices.values()]
		.filter(({ stage }) => stage !== 'well' && stage !== 'newer')
		.map(({ device }) => device);
	const names = `${open.slice(0, NAMED).join(', ')}${open.length > NAMED ? ', …' : ''}`;
	const waits = open.length === 0 ? '' : `, and waits for ${open.length} of its ${devices.size} devices (${names})`;
	return `The rollout of ${version} is running${waits}. To begin another without waiting, halt it first: keyward rollout halt --application ${application}`;
};

/** Those that halted by themselves, and what to do. */
export const haltedOf = (all: readonly RunningRollout[]): { readonly subject: string; readonly text: string }[] =>
	all
		.filter(({ rollout }) => rollout.state === 'halted')
		.map(({ rollout }) => ({
			subject: `${rollout.application} ${rollout.version}`,
			text: `The rollout of ${rollout.version} to ${rollout.application} halted by itself: ${rollout.reason ?? ''}. Mend the cause and resume it, or halt it for good: keyward rollout status --application ${rollout.application}.`,
		}));
