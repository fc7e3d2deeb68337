import type { Bytes } from '../units/bytes.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';

/** Devices that take a release at the same time: named ones, all of a class, or a share of all, from 0 to 1. */
export type Ring =
	| { readonly kind: 'devices'; readonly devices: readonly string[] }
	| { readonly kind: 'class'; readonly class: string }
	| { readonly kind: 'share'; readonly share: number };

/** How a release goes out, and what stops it. */
export interface RolloutTerms {
	/** One after another; behind the last come all who are in none. */
	readonly rings: readonly Ring[];
	/** How long a device does well on the new version before it counts as well. */
	readonly soak: Milliseconds;
	/** How long a device that is awake may take for a step. */
	readonly patience: Milliseconds;
	/** The share of a ring that may fail; one more halts the rollout. */
	readonly mostFailing: number;
	/** Devices that are told at once begin at random moments within it. */
	readonly spread: Milliseconds;
	/** What all downloads together may take; null: no cap. */
	readonly bytesPerSecond: Bytes | null;
}

/** `halted`: by itself. `stopped`: by an operator, for good. */
export const rolloutStates = ['running', 'paused', 'halted', 'stopped', 'complete'] as const;

export type RolloutState = (typeof rolloutStates)[number];

/** A release as it goes out to an application. */
export interface Rollout {
	readonly id: string;
	readonly application: string;
	readonly version: string;
	/** The target path of the image for each class that takes it. */
	readonly releases: Readonly<Record<string, string>>;
	/** Of the largest image; 0: not known, and no cap can be kept. */
	readonly size: Bytes;
	readonly terms: RolloutTerms;
	readonly state: RolloutState;
	/** The last ring that is open, from 0. */
	readonly ring: number;
	/** When that ring was opened, or the rollout went on. */
	readonly since: Instant;
	readonly started: Instant;
	/** Why it stands; null while it runs. */
	readonly reason: string | null;
}

/**
 * `waiting`: not told yet. `offered`: told. `installed`: it says that it runs the version, and is watched. `well`: it did so for the
 * whole soak. `failed`: see its reason.
 */
export const rolloutStages = ['waiting', 'offered', 'installed', 'well', 'failed'] as const;

export type RolloutStage = (typeof rolloutStages)[number];

/** How far one device is. */
export interface RolloutDevice {
	readonly device: string;
	readonly class: string;
	readonly ring: number;
	readonly stage: RolloutStage;
	/** Since when. */
	readonly at: Instant;
	/** What it said that it runs when it was told; null: nothing, or it was never told. */
	readonly from: string | null;
	/** When it was first told; null: never, so that this rollout cannot have brought what it runs. */
	readonly offered: Instant | null;
	/** When the service gave it the image; null: it did not get it here. */
	readonly fetched: Instant | null;
	/** Positions of its streams when the service first saw it on the version. */
	readonly positions: Readonly<Record<string, number>>;
	/** Why it failed. */
	readonly reason: string | null;
}

/** FNV-1a, 32 bits: spreads names over rings evenly. It keeps nobody out of one. */
const spreadOf = (text: string): number => {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
	hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0;
	return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

/** The ring of a device: the first that it is in; the one behind the last for all others. The same whenever it is asked. */
export const ringOf = (
	{ id, terms: { rings } }: Pick<Rollout, 'id' | 'terms'>,
	device: string,
	className: string,
): number => {
	const place = spreadOf(`${id}/${device}`);
	const found = rings.findIndex((ring) => {
		if (ring.kind === 'devices') return ring.devices.includes(device);
		return ring.kind === 'class' ? ring.class === className : place < ring.share;
	});
	return found === -1 ? rings.length : found;
};

/** One that begins: told of nothing yet. */
export const beginDevice = (
	rollout: Pick<Rollout, 'id' | 'terms'>,
	device: string,
	className: string,
	now: Instant,
): RolloutDevice => ({
	...{ device, class: className, ring: ringOf(rollout, device, className), stage: 'waiting', at: now },
	...{ from: null, offered: null, fetched: null, positions: {}, reason: null },
});
