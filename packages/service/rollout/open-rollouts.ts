import { randomUUID } from 'node:crypto';
import { type Instant, type Milliseconds, Problem, seconds } from '@keyward/core';
import type { Policy } from '@keyward/core/policy';
import type { Clock, Principal, PrincipalStore, RolloutStore } from '@keyward/core/port';
import {
	advanceRollout,
	beginDevices,
	type DeviceHealth,
	judgeStaged,
	mayOffer,
	nextBegin,
	offer,
	resumeRollout,
	type Rollout,
	type RolloutDevice,
	type RolloutState,
} from '@keyward/core/update';
import type { Log } from '../log/log.ts';
import type { Policies } from '../policy/policies.ts';
import { lookEvery } from '../thread/look-every.ts';
import { createMutex } from '../thread/mutex.ts';
import type { Software } from '../update/software.ts';
import { deviceHealth, type Watched } from './device-health.ts';
import { type CarriedThrough, carriedThrough, pathFact, stagedFact } from './rollout-facts.ts';
import type { Owner } from '../owner/owner.ts';
import type { Rollouts, RolloutView } from './rollouts.ts';
import { signedImages } from './signed-images.ts';
import {
	haltedOf,
	inTheWay,
	isOver,
	joinNew,
	keepRollout,
	membersOf,
	nothingOlder,
	readRollouts,
	type RunningRollout,
	takersOf,
	viewOf,
} from './running-rollout.ts';
import { openUpdateReports } from './update-reports.ts';

/** The requirements that a device falls short of, and why. */
type WeakOf = (device: string) => ReadonlyMap<string, string>;

export interface RolloutsOptions {
	readonly store: RolloutStore & Pick<PrincipalStore, 'principals'>;
	readonly policies: Pick<Policies, 'mustHave' | 'policyOf'>;
	readonly owner: Pick<Owner, 'repository'>;
	readonly watched: Omit<Watched, 'reports'> & { readonly software: Software };
	/** What its devices fall short in, and why; whether they are up to date is not what a release makes them ill by. */
	readonly shortfalls: (application: string) => Promise<WeakOf>;
	readonly clock: Clock;
	readonly log: Log;
	readonly report: (error: unknown) => void;
	/** Zero: nobody looks by itself (tests). */
	readonly pace?: Milliseconds;
}

const LOOK_EVERY: Milliseconds = seconds(2);
/** The posture costs more than a look. */
const POSTURE_EVERY: Milliseconds = seconds(30);

const refuse = (why: string): Problem => new Problem('rollout-refused', why);

export const openRollouts = async (options: RolloutsOptions): Promise<Rollouts> => {
	const { store, policies, watched, clock, log, report, pace = LOOK_EVERY } = options;
	const all = await readRollouts(store);
	const reports = await openUpdateReports(store, clock, report);
	const inTurn = createMutex();
	const heard = new Map<string, Instant>();
	const weaknesses = new Map<string, { readonly at: Instant; readonly of: WeakOf }>();
	const carried = new Map<string, CarriedThrough>();
	const keyOf = (application: string, device: string): string => `${application}/${device}`;

	const note = (rollout: Rollout, device: RolloutDevice): void => {
		const key = keyOf(rollout.application, device.device);
		const found = carriedThrough(rollout, device);
		if (found !== null && found.at >= (carried.get(key)?.at ?? 0)) carried.set(key, found);
	};
	for (const { rollout, devices } of all) for (const device of devices.values()) note(rollout, device);

	const find = (id: string): RunningRollout => {
		const found = all.find(({ rollout }) => rollout.id === id);
		if (found === undefined)
			throw new Problem(
				'rollout-unknown',
				`There is no rollout ${JSON.stringify(id)}: keyward rollout status lists them.`,
			);
		return found;
	};

	const weaknessesNow = async (application: string): Promise<WeakOf> => {
		const known = weaknesses.get(application);
		const now = clock.now();
		if (known !== undefined && now - known.at < POSTURE_EVERY && now >= known.at) return known.of;
		const of = await options.shortfalls(application);
		weaknesses.set(application, { at: now, of });
		return of;
	};

	const healthOf = (policy: Policy, principal: Principal, now: Instant): DeviceHealth => {
		const { application, id } = principal;
		const weak = weaknesses.get(application)?.of(id) ?? new Map<string, string>();
		return deviceHealth(
			{ ...watched, reports },
			policy,
			principal,
			weak,
			heard.get(keyOf(application, id)) ?? null,
			now,
		);
	};

	const lookAt = async (running: RunningRollout): Promise<void> => {
		const { application } = running.rollout;
		const policy = policies.policyOf(application);
		if (policy === null) return;
		await weaknessesNow(application);
		const now = clock.now();
		const members = new Map(
			membersOf(running.rollout, await store.principals(application)).map((one) => [one.id, one]),
		);
		joinNew(running, [...members.values()], now);
		const present = [...running.devices.values()].filter(({ device }) => members.has(device));
		const health = (device: string): DeviceHealth => {
			const member = members.get(device);
			if (member === undefined) throw new Error('a device that is no member was judged');
			return healthOf(policy, member, now);
		};
		const step = advanceRollout(running.rollout, present, health, now);
		for (const device of step.moved) {
			running.devices.set(device.device, device);
			running.unwritten.add(device.device);
			note(running.rollout, device);
		}
		const { rollout } = step;
		if (running.unwritten.size === 0 && rollout === running.rollout) return;
		const before = running.rollout;
		await keepRollout(store, running, rollout);
		const told = { rollout: rollout.id, application, version: rollout.version };
		if (rollout.state === 'halted' && before.state !== 'halted')
			log.warn('a rollout halted', { ...told, reason: rollout.reason ?? '' });
		else if (rollout.ring !== before.ring) log.info('a rollout opened a ring', { ...told, ring: rollout.ring + 1 });
		else if (rollout.state !== before.state) log.info(`a rollout is ${rollout.state}`, told);
	};

	const look = (): Promise<void> =>
		inTurn(async () => {
			for (const running of all) if (!isOver(running.rollout)) await lookAt(running);
		});

	const change = (
		id: string,
		from: readonly RolloutState[],
		to: (running: RunningRollout) => Rollout,
	): Promise<RolloutView> =>
		inTurn(async () => {
			const running = find(id);
			const { state, version } = running.rollout;
			if (!from.includes(state))
				throw refuse(`The rollout of ${version} is ${state}: it can be ${from.join(' or ')} for that.`);
			await keepRollout(store, running, to(running));
			return viewOf(running);
		});

	const looks = lookEvery(pace, look, report);

	const start: Rollouts['start'] = ({ application, version, terms }) =>
		inTurn(async () => {
			const policy = policies.mustHave(application);
			const images = signedImages(options.owner, application, version);
			if (images.length === 0)
				throw refuse(`The owner of this site signed no release ${version} of ${application}: keyward release list.`);
			const under = all.find(({ rollout }) => rollout.application === application && rollout.state === 'running');
			if (under !== undefined) throw refuse(inTheWay(under));
			const size = Math.max(...images.map(({ length }) => length));
			if (terms.bytesPerSecond !== null && terms.bytesPerSecond < 1)
				throw refuse('A cap is at least one byte a second.');
			const now = clock.now();
			const rollout: Rollout = {
				...{ id: randomUUID(), application, version, size, terms, state: 'running', ring: 0 },
				...{ releases: Object.fromEntries(images.map((one) => [one.class, one.path])), since: now, started: now },
				reason: null,
			};
			const members = membersOf(rollout, await store.principals(application));
			if (members.length === 0) throw refuse(`No device of ${application} is of a class that ${version} is for.`);
			// Rings are of those who can take it: the others join, and count as nothing.
			const takers = takersOf(rollout, members, watched.software.of(application));
			if (takers.length === 0) throw refuse(nothingOlder(rollout, members));
			const devices = beginDevices(rollout, takers, now);
			const why = judgeStaged(rollout, devices);
			// catalogue: staged-rollout. Where the policy asks for stages, nothing goes out without.
			if (why !== null && policy.parameters['staged-rollout'] === true && policy.mode === 'enforce')
				throw refuse(`${why} (staged-rollout).`);
			const running: RunningRollout = {
				...{ rollout, revision: 0, unwritten: new Set(devices.map(({ device }) => device)), nextBegin: 0 },
				devices: new Map(devices.map((one) => [one.device, one])),
			};
			joinNew(running, members, now);
			// What stood goes no further: two releases for one device would contradict each other. Stopped first, so that a disk that fails
			// between the two leaves nothing that goes out unknown to who started it.
			for (const one of all)
				if (one.rollout.application === application && !isOver(one.rollout))
					await keepRollout(store, one, { ...one.rollout, state: 'stopped', reason: `${version} took its place` });
			await keepRollout(store, running, rollout);
			all.push(running);
			return viewOf(running);
		});

	return {
		start,
		pause: (id, reason) => change(id, ['running'], ({ rollout }) => ({ ...rollout, state: 'paused', reason })),
		resume: (id) =>
			change(id, ['paused', 'halted'], (running) => {
				const { rollout, moved } = resumeRollout(running.rollout, [...running.devices.values()], clock.now());
				for (const device of moved) {
					running.devices.set(device.device, device);
					running.unwritten.add(device.device);
				}
				return rollout;
			}),
		stop: (id, reason) =>
			change(id, ['running', 'paused', 'halted'], ({ rollout }) => ({ ...rollout, state: 'stopped', reason })),
		list: (application) => all.filter(({ rollout }) => rollout.application === application).map(viewOf),
		show: (id) => viewOf(find(id)),
		assignment: async (device, said) => {
			const { application, id } = device;
			heard.set(keyOf(application, id), clock.now());
			reports.said(device, said);
			const known = watched.software.of(application).get(id);
			if (said.running !== null) watched.software.said(device, { version: said.running, agent: known?.agent ?? null });
			const weakOf = all.some(({ rollout }) => rollout.application === application && rollout.state === 'running')
				? await weaknessesNow(application)
				: null;
			// Of now, and not of before the posture: who asked meanwhile has moved the time of the next.
			const now = clock.now();
			for (const running of all) {
				const { rollout } = running;
				const one = running.devices.get(id);
				if (rollout.application !== application || one === undefined || !mayOffer(rollout, one, said.running)) continue;
				const { bytesPerSecond, spread } = rollout.terms;
				if (one.stage === 'waiting') {
					if (now < running.nextBegin) continue;
					running.nextBegin = now + nextBegin(rollout.size, bytesPerSecond);
					const weak = weakOf?.(id) ?? new Map<string, string>();
					running.devices.set(id, offer(one, { running: said.running, weak }, now));
					running.unwritten.add(id);
				}
				return { release: rollout.releases[one.class] ?? null, spread };
			}
			return { release: null, spread: 0 };
		},
		said: reports.of,
		fetched: ({ application, id }, path) => {
			for (const running of all) {
				const one = running.devices.get(id);
				const { rollout } = running;
				if (rollout.application !== application || one === undefined || rollout.releases[one.class] !== path) continue;
				if (one.offered === null || one.fetched !== null) continue;
				running.devices.set(id, { ...one, fetched: clock.now() });
				running.unwritten.add(id);
			}
		},
		look,
		seenVersion: (application, device) => {
			const last = carried.get(keyOf(application, device));
			return last?.seen === true ? last.version : null;
		},
		facts: (application, principals, now) => {
			const newest = all.findLast(({ rollout }) => rollout.application === application);
			const devices = principals.filter((one) => one.kind === 'device' && one.application === application);
			return [
				stagedFact(application, newest === undefined ? null : viewOf(newest), now),
				...devices.map(({ id }) => pathFact(application, id, carried.get(keyOf(application, id)) ?? null, now)),
			];
		},
		halted: () => haltedOf(all),
		end: async () => {
			await looks.stop();
			await reports.stop();
			await inTurn(async () => {
				for (const running of all) if (running.unwritten.size > 0) await keepRollout(store, running, running.rollout);
			});
		},
	};
};
