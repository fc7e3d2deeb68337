import { type Milliseconds, minutes } from '../units/milliseconds.ts';
import { Problem } from '../problem/problem.ts';
import { isFloor } from './security-floor.ts';
import { type Installer, installers } from './release.ts';
import { readReleaseTarget } from './release-target.ts';

/** The image that an update is about, as its owner signed it. */
export interface UpdateTarget {
	/** Of the image among the owner's targets. */
	readonly path: string;
	readonly release: string;
	readonly securityFloor: number;
	readonly installer: Installer;
	/** In bytes. */
	readonly length: number;
	/** SHA-256, lower-case hex. */
	readonly sha256: string;
}

/** Where the old version is, and where the new one goes: said once, before anything is written, so that no retry takes the other. */
export interface Slots {
	readonly from: string;
	readonly to: string;
}

/**
 * Where a device is with its update. Each state is durable before what follows from it is begun, so that a start after a power cut reads
 * it and does the same step again; there is no other recovery.
 */
export type Phase =
	| { readonly state: 'idle' }
	| { readonly state: 'downloading'; readonly target: UpdateTarget }
	/** Whole and verified in the device's folder. */
	| { readonly state: 'staged'; readonly target: UpdateTarget }
	/** The installer may be writing: `to` counts as nothing, `from` is good. */
	| { readonly state: 'installing'; readonly target: UpdateTarget; readonly slots: Slots }
	/** The new version is the one that starts, and has not shown yet that it works. */
	| {
			readonly state: 'installed';
			readonly target: UpdateTarget;
			readonly slots: Slots;
			/** The boot in which it was installed, so that a boot loader that went back by itself is noticed. */
			readonly boot: string;
			/** How often the agent started from the new slot since. */
			readonly starts: number;
	  }
	/** It was connected: the old version is given up, and the floor follows. */
	| { readonly state: 'confirming'; readonly target: UpdateTarget; readonly slots: Slots }
	/** It was not: the old version is made the one that starts. */
	| { readonly state: 'falling-back'; readonly target: UpdateTarget; readonly slots: Slots; readonly why: string }
	| { readonly state: 'confirmed'; readonly target: UpdateTarget }
	| { readonly state: 'fallen-back'; readonly target: UpdateTarget; readonly why: string };

export type PhaseName = Phase['state'];

export interface UpdateState {
	readonly phase: Phase;
	/** What was confirmed last; null before the first. */
	readonly running: UpdateTarget | null;
	/** Images that were fallen back from, by hash: not tried again unless somebody says so. */
	readonly failed: readonly string[];
}

export const NOTHING_INSTALLED: UpdateState = { phase: { state: 'idle' }, running: null, failed: [] };

/** How long, and over how many starts, a new version may try to connect. */
export interface Trial {
	readonly within: Milliseconds;
	readonly starts: number;
}

export const TRIAL: Trial = { within: minutes(30), starts: 3 };

/** Remembered, so that a device does not go round in a circle. */
const MOST_FAILED = 16;

const to = (state: UpdateState, phase: Phase): UpdateState => ({ ...state, phase });

/** From any state in which nothing is half done. Null: the one that is under way goes first. */
export const begin = (state: UpdateState, target: UpdateTarget): UpdateState | null =>
	isSettled(state.phase) || state.phase.state === 'downloading' || state.phase.state === 'staged'
		? to(state, { state: 'downloading', target })
		: null;

export const isSettled = ({ state }: Phase): boolean =>
	state === 'idle' || state === 'confirmed' || state === 'fallen-back';

/** What was being fetched is no longer what the owner signs. */
export const abandoned = (state: UpdateState): UpdateState => to(state, { state: 'idle' });

export const staged = (state: UpdateState, target: UpdateTarget): UpdateState => to(state, { state: 'staged', target });

export const installing = (state: UpdateState, target: UpdateTarget, slots: Slots): UpdateState =>
	to(state, { state: 'installing', target, slots });

export const installed = (state: UpdateState, target: UpdateTarget, slots: Slots, boot: string): UpdateState =>
	to(state, { state: 'installed', target, slots, boot, starts: 0 });

/**
 * The agent started. From the new slot it counts: a version that crashes at every start is fallen back from by their number. From the old
 * one after a boot, the boot loader has given the new one up.
 */
export const started = (state: UpdateState, runs: string, boot: string): UpdateState => {
	const { phase } = state;
	if (phase.state !== 'installed') return state;
	if (runs === phase.slots.to) return to(state, { ...phase, starts: phase.starts + 1 });
	return boot === phase.boot ? state : fallingBack(state, 'the boot loader went back to the version before');
};

/** It was connected. Counts for the new version only: the process that installed it is still the old one. */
export const connected = (state: UpdateState): UpdateState => {
	if (state.phase.state !== 'installed' || state.phase.starts === 0) return state;
	const { target, slots } = state.phase;
	return to(state, { state: 'confirming', target, slots });
};

/** Why the trial is over; null while it may go on. By no clock that can be set: `since` is how long this start runs. */
export const overdue = (phase: Phase, since: Milliseconds, { within, starts }: Trial): string | null => {
	if (phase.state !== 'installed' || phase.starts === 0) return null;
	if (phase.starts > starts) return `it was started ${phase.starts} times and did not connect`;
	return since >= within ? `it did not connect within ${Math.round(within / 1000)} s of its start` : null;
};

export const fallingBack = (state: UpdateState, why: string): UpdateState => {
	const { phase } = state;
	if (phase.state !== 'installed' && phase.state !== 'installing' && phase.state !== 'confirming') return state;
	const { target, slots } = phase;
	return to(state, { state: 'falling-back', target, slots, why });
};

export const confirmed = (state: UpdateState, target: UpdateTarget): UpdateState => ({
	phase: { state: 'confirmed', target },
	running: target,
	failed: state.failed.filter((one) => one !== target.sha256),
});

export const fallenBack = (state: UpdateState, target: UpdateTarget, why: string): UpdateState => ({
	...state,
	phase: { state: 'fallen-back', target, why },
	failed: [target.sha256, ...state.failed.filter((one) => one !== target.sha256)].slice(0, MOST_FAILED),
});

export const writeUpdateState = (state: UpdateState): string =>
	`${JSON.stringify({ type: 'keyward-update-state', version: 1, ...state })}\n`;

/** Throws `Problem('update-state-malformed')`. */
export const readUpdateState = (text: string): UpdateState => {
	const malformed = (): Problem =>
		new Problem(
			'update-state-malformed',
			'Where this device is with its update cannot be read: restore update/state.json, or remove it when the version that runs is good.',
		);
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw malformed();
	}
	if (!isObject(value) || value['type'] !== 'keyward-update-state' || value['version'] !== 1) throw malformed();
	const { phase, running, failed } = value;
	if (!isPhase(phase) || !(running === null || isTarget(running))) throw malformed();
	if (!Array.isArray(failed) || !failed.every(isHash)) throw malformed();
	return { phase, running, failed };
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

const isTarget = (value: unknown): value is UpdateTarget =>
	isObject(value) &&
	typeof value['path'] === 'string' &&
	readReleaseTarget(value['path'])?.release === value['release'] &&
	isFloor(value['securityFloor']) &&
	installers.some((one) => one === value['installer']) &&
	Number.isSafeInteger(value['length']) &&
	isHash(value['sha256']);

const isSlots = (value: unknown): value is Slots =>
	isObject(value) && typeof value['from'] === 'string' && typeof value['to'] === 'string';

/** What each state has beside its name. */
const members: Readonly<Record<PhaseName, Readonly<Record<string, (value: unknown) => boolean>>>> = {
	idle: {},
	downloading: { target: isTarget },
	staged: { target: isTarget },
	installing: { target: isTarget, slots: isSlots },
	installed: {
		...{ target: isTarget, slots: isSlots },
		...{ boot: (value) => typeof value === 'string', starts: (value) => Number.isSafeInteger(value) },
	},
	confirming: { target: isTarget, slots: isSlots },
	'falling-back': { target: isTarget, slots: isSlots, why: (value) => typeof value === 'string' },
	confirmed: { target: isTarget },
	'fallen-back': { target: isTarget, why: (value) => typeof value === 'string' },
};

const isPhase = (value: unknown): value is Phase => {
	if (!isObject(value) || typeof value['state'] !== 'string' || !Object.hasOwn(members, value['state'])) return false;
	return Object.entries(members[value['state'] as PhaseName]).every(([name, is]) => is(value[name]));
};
