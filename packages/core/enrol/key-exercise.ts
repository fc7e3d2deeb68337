import { type ApiStep, apiSteps } from '../authorize/link.ts';
import type { KeyAlgorithm } from '../format/public-key.ts';
import { type SigningAlgorithm, signingAlgorithms } from '../port/key-store.ts';
import type { Instant } from '../units/instant.ts';
import { hours, type Milliseconds } from '../units/milliseconds.ts';

/** An exercise: every device of an application goes over to a new key, another kind of key or a stricter link, in waves. */
export interface Exercise {
	readonly started: Instant;
	/** The waves are spread over it, there and back. */
	readonly over: Milliseconds;
	/** Kind of key that is asked for; null: each keeps its kind. */
	readonly kind: SigningAlgorithm | null;
	/** The issuing CA got its next generation with it. */
	readonly newAuthority: boolean;
	/** The least link that is asked for; null: none. */
	readonly link: ApiStep | null;
	/** `paused` by an operator, `halted` by itself: nobody more is asked. */
	readonly state: 'running' | 'paused' | 'halted';
	/** Why it stands still; null: it does not. */
	readonly reason: string | null;
	/** Since when each device is to go back to what it had; null: it goes forth. */
	readonly back: Instant | null;
}

/** What is known of one device of an exercise. */
export interface ExercisedDevice {
	readonly device: string;
	/** Kind of its newest key; null: it has no certificate. */
	readonly kind: KeyAlgorithm | null;
	/** Kind of the key that it had when the exercise began; null: it had none. */
	readonly kindBefore: KeyAlgorithm | null;
	/** Its newest certificate is by the issuer of the one that it had then. */
	readonly sameIssuer: boolean;
	/** When it last took another key or another issuer, or its first one; null: never. */
	readonly since: Instant | null;
	/** Its own word; null: it has not said. */
	readonly said: SaidOfKeys | null;
}

/** What a device says of its keys and its link. */
export interface SaidOfKeys {
	/** Kinds of key that the place of its keys makes. */
	readonly makes: readonly SigningAlgorithm[];
	/** The least link that it takes. */
	readonly link: ApiStep;
	/** Why it could not do what it was asked last; null: nothing failed. */
	readonly failed: string | null;
}

/** What a device is asked now. */
export interface AskedOfDevice {
	readonly rekey: boolean;
	/** Kind of the key; null: as it has. */
	readonly kind: SigningAlgorithm | null;
	/** `before`: what it had before the exercise raised it. */
	readonly link: ApiStep | 'before' | null;
}

export interface DeviceStanding {
	/** `done`: it is where the exercise wants it. `stays`: it cannot be there, and says why. `failed`: it tried. */
	readonly state: 'waiting' | 'asked' | 'done' | 'stays' | 'failed';
	readonly why: string | null;
}

export const ASKS_NOTHING: AskedOfDevice = { rekey: false, kind: null, link: null };

/** A device that was asked, and is not there after so long, counts as failing: it re-keys within seconds. */
export const EXERCISE_PATIENCE: Milliseconds = hours(1);

/** FNV-1a, from 0 to 1: which wave a device is in. */
const waveOf = (text: string): number => {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
	return hash / 2 ** 32;
};

/** When the wave of this device begins, there or back. */
export const dueOf = ({ started, over, back }: Exercise, device: string): Instant =>
	(back ?? started) + Math.floor(waveOf(device) * over);

const changesKeys = ({ kind, link, newAuthority }: Exercise): boolean => kind !== null || newAuthority || link === null;

/** Whether there is something that devices can go back to: a destroyed key does not come back. */
export const hasWayBack = ({ kind, link, newAuthority }: Exercise): boolean =>
	kind !== null || link !== null || newAuthority;

const listed = (kind: KeyAlgorithm | null): SigningAlgorithm | null =>
	signingAlgorithms.find((one) => one === kind) ?? null;

/** What is still to be done by this device, whether its turn has come or not. */
const missingOf = (exercise: Exercise, device: ExercisedDevice): AskedOfDevice => {
	const { kind, link, started, back, newAuthority } = exercise;
	const { said, kindBefore, sameIssuer, since } = device;
	if (back !== null) {
		const otherKind = kind !== null && kindBefore !== null && device.kind !== kindBefore;
		const otherIssuer = newAuthority && kindBefore !== null && !sameIssuer;
		return {
			rekey: otherKind || otherIssuer,
			kind: otherKind || otherIssuer ? listed(kindBefore) : null,
			link: link !== null && said?.link === link ? 'before' : null,
		};
	}
	const old = since !== null && since < started;
	const rekey = kind === null ? changesKeys(exercise) && old : device.kind !== kind;
	return {
		rekey: rekey && since !== null,
		kind: rekey ? kind : null,
		link: link !== null && (said === null || apiSteps.indexOf(said.link) < apiSteps.indexOf(link)) ? link : null,
	};
};

const isNothing = ({ rekey, link }: AskedOfDevice): boolean => !rekey && link === null;

/** Why this device cannot take a key of the kind that is wanted, by its own word; null: it can, or has not said. */
const cannotOf = ({ rekey, kind }: AskedOfDevice, { said }: ExercisedDevice): string | null =>
	!rekey || kind === null || said === null || said.makes.includes(kind)
		? null
		: `the place of its keys makes ${said.makes.join(', ') || 'no listed kind'}, and no ${kind}`;

/** What this device, which asks now, is asked. Pure. */
export const askedOf = (exercise: Exercise, device: ExercisedDevice, now: Instant): AskedOfDevice => {
	if (exercise.state !== 'running' || now < dueOf(exercise, device.device)) return ASKS_NOTHING;
	const missing = missingOf(exercise, device);
	return cannotOf(missing, device) === null ? missing : { ...missing, rekey: false, kind: null };
};

/** catalogue: key-agility. How far this device is: by its certificates, and for what it cannot do, by its own word. Pure. */
export const standingOf = (exercise: Exercise, device: ExercisedDevice, now: Instant): DeviceStanding => {
	const missing = missingOf(exercise, device);
	if (isNothing(missing)) return { state: 'done', why: null };
	const cannot = cannotOf(missing, device);
	if (cannot !== null && missing.link === null) return { state: 'stays', why: cannot };
	const failed = device.said?.failed ?? null;
	if (failed !== null) return { state: 'failed', why: failed };
	if (now < dueOf(exercise, device.device)) return { state: 'waiting', why: cannot };
	return { state: 'asked', why: device.said === null ? 'it has not asked yet: does its agent run?' : cannot };
};

/**
 * The one kind of which this device may have a new key certified; null: the exercise leaves it open. A device that has had the kind that is
 * asked for does not get around it by saying that it makes none: a thief with its key could say so. Pure.
 */
export const kindWanted = (exercise: Exercise, device: ExercisedDevice, now: Instant): SigningAlgorithm | null => {
	const { kind, back } = exercise;
	if (kind === null) return null;
	// Back only to what it was.
	if (back !== null) return listed(device.kindBefore);
	if (device.kind === kind) return kind;
	if (exercise.state !== 'running' || now < dueOf(exercise, device.device)) return null;
	return device.said !== null && !device.said.makes.includes(kind) ? null : kind;
};

/** As it is kept. */
export const writeExercise = (exercise: Exercise): string => JSON.stringify(exercise);

/** Of what `writeExercise` wrote. */
export const readExercise = (text: string): Exercise => JSON.parse(text) as Exercise;
