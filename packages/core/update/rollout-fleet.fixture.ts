import { days, hours, minutes } from '../units/milliseconds.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import { advanceRollout, mayOffer, offer } from './advance-rollout.ts';
import { beginDevices, type Rollout, type RolloutDevice } from './rollout.ts';
import { type DeviceHealth, isOlder } from './rollout-gate.ts';

/** Pseudo-random from a seed (mulberry32): a run that fails can be run again. */
export const randomFrom = (seed: number): (() => number) => {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
};

export const pathOf = (version: string): string => `releases/hall/probe/${version}/image`;

/** What an owner signed. Everything else is a forgery. */
const SIGNED = new Map(['1.0.0', '1.9.0', '2.0.0', '2.1.0'].map((version) => [pathOf(version), version]));

type Illness = 'error' | 'silent' | 'fallen' | 'back' | 'gone' | 'stuck';
const ILLNESSES: readonly Illness[] = ['error', 'silent', 'fallen', 'back', 'gone', 'stuck'];

/** A simulated device. What it takes it decides by what is signed, as the real one does; the hint is only where it looks. */
interface Simulated {
	readonly id: string;
	readonly index: number;
	readonly illness: Illness | null;
	readonly wakesEvery: Milliseconds;
	wakes: Instant;
	runs: string;
	confirmed: string;
	/** What its site knows: from its last contact. */
	said: string;
	seen: Instant;
	error: string | null;
	fetches: string | null;
	position: number;
	hasIt: boolean;
}

export interface Fleet {
	rollout: Rollout;
	devices: RolloutDevice[];
	/** True from when the cause of the illness is mended. */
	mended: boolean;
	/** A device that ran what is not signed, or went below what it had confirmed. */
	readonly wrong: string[];
	readonly running: (version: string) => number;
	step(now: Instant): void;
}

/** `illShare` of the devices fall ill on the new version; some sleep a day, some three weeks. The site lies to some about what there is. */
export const makeFleet = (rollout: Rollout, count: number, illShare: number, random: () => number): Fleet => {
	const pick = (): Milliseconds => {
		const place = random();
		return place < 0.03 ? days(21) : place < 0.1 ? days(1) : minutes(30);
	};
	const fleet = Array.from({ length: count }, (_, index): Simulated => {
		const wakesEvery = pick();
		const ill = random() < illShare ? (ILLNESSES[index % ILLNESSES.length] ?? 'error') : null;
		return {
			...{ id: `probe-${index}`, index, illness: ill, wakesEvery, wakes: rollout.started + random() * wakesEvery },
			...{ runs: '2.0.0', confirmed: '2.0.0', said: '2.0.0', seen: rollout.started - 1, error: null },
			...{ fetches: null, position: 1, hasIt: false },
		};
	});
	const byId = new Map(fleet.map((one) => [one.id, one]));
	const wrong: string[] = [];
	const isIll = (one: Simulated, kind: Illness): boolean => !state.mended && one.hasIt && one.illness === kind;
	const healthOf = (id: string): DeviceHealth => {
		const one = byId.get(id);
		if (one === undefined) throw new Error(id);
		return {
			...{
				running: one.said,
				error: one.error,
				gaveUp: one.error !== null,
				seen: one.seen,
				sleeps: one.wakesEvery > hours(1) ? one.wakesEvery : 0,
			},
			keptOut: null,
			weak: new Map(isIll(one, 'fallen') ? [['boot-verified', 'its boot is of no release']] : []),
			streams: [{ name: 'dose-rate', position: one.position, silent: isIll(one, 'silent') }],
		};
	};
	const run = (one: Simulated, version: string, path: string): void => {
		if (!SIGNED.has(path) || isOlder(version, one.confirmed)) wrong.push(`${one.id} runs ${path}`);
		one.runs = version;
	};
	/** Verifies what the hint points to as TUF would, installs it, and says how it went. */
	const take = (one: Simulated, path: string): void => {
		const version = SIGNED.get(path);
		if (version === undefined || isOlder(version, one.confirmed) || version === one.runs) return;
		one.hasIt = true;
		if (isIll(one, 'stuck')) return;
		if (isIll(one, 'error')) {
			one.error = 'no room for the image';
			return;
		}
		run(one, version, path);
		if (!isIll(one, 'back')) one.confirmed = version;
	};
	const wake = (one: Simulated, now: Instant): void => {
		if (isIll(one, 'gone') && one.runs !== '2.0.0') return;
		const hint = one.fetches;
		one.fetches = null;
		// It was never confirmed: the old one, which it may go back to.
		if (isIll(one, 'back') && one.said === '2.1.0') run(one, '2.0.0', pathOf('2.0.0'));
		else if (hint !== null) take(one, hint);
		if (isIll(one, 'gone') && one.runs !== '2.0.0') return;
		Object.assign(one, { said: one.runs, seen: now });
		if (!isIll(one, 'silent')) one.position++;
		const lie = random();
		const known = state.devices[one.index];
		if (lie < 0.01) one.fetches = pathOf(lie < 0.005 ? '1.9.0' : '9.9.9');
		else if (known !== undefined && mayOffer(state.rollout, known, one.said)) {
			if (known.stage === 'waiting') one.error = null;
			state.devices[one.index] = offer(known, { running: one.said, weak: new Map() }, now);
			one.fetches = state.rollout.releases['probe'] ?? null;
		}
	};
	const state: Fleet = {
		rollout,
		devices: [
			...beginDevices(
				rollout,
				fleet.map(({ id }) => ({ device: id, class: 'probe' })),
				rollout.started,
			),
		],
		mended: false,
		wrong,
		running: (version) => fleet.filter(({ runs }) => runs === version).length,
		step: (now) => {
			for (const one of fleet) {
				if (one.wakes > now) continue;
				one.wakes = now + one.wakesEvery;
				wake(one, now);
			}
			const { rollout: next, devices } = advanceRollout(state.rollout, state.devices, healthOf, now);
			state.rollout = next;
			state.devices = [...devices];
		},
	};
	return state;
};
