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
 * whole soak. `newer`: it runs a later version, takes this one from nobody, and shows nothing of it. `failed`: see its reason.
 */
export const rolloutStages = ['waiting', 'offered', 'installed', 'well', 'newer', 'failed'] as const;

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
	/** Requirements that it fell short of before: what it did not hold then is no sign of illness now. */
	readonly weak: readonly string[];
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

/** A device as the registry has it. */
export interface Member {
	readonly device: string;
	readonly class: string;
}

type Rings = Pick<Rollout, 'id' | 'terms'>;

const begin = ({ device, class: className }: Member, ring: number, now: Instant): RolloutDevice => ({
	...{ device, class: className, ring, stage: 'waiting', at: now, from: null, offered: null, fetched: null },
	...{ positions: {}, weak: [], reason: null },
});

const isNamed = (ring: Ring, { device, class: className }: Member): boolean =>
	ring.kind === 'devices' ? ring.devices.includes(device) : ring.kind === 'class' && ring.class === className;

/**
 * Every device in its ring, told of nothing yet. A device is in the first ring that names it; a share is of all, of those that are in
 * none before, and never of nobody: a small fleet goes out in stages too.
 */
export const beginDevices = ({ id, terms }: Rings, members: readonly Member[], now: Instant): RolloutDevice[] => {
	const order = members.toSorted((a, b) => spreadOf(`${id}/${a.device}`) - spreadOf(`${id}/${b.device}`));
	const rings = new Map<string, number>();
	for (const [index, ring] of terms.rings.entries()) {
		const free = order.filter(({ device }) => !rings.has(device));
		const taken =
			ring.kind === 'share'
				? free.slice(0, Math.ceil(ring.share * members.length))
				: free.filter((one) => isNamed(ring, one));
		for (const { device } of taken) rings.set(device, index);
	}
	return members.map((one) => begin(one, rings.get(one.device) ?? terms.rings.length, now));
};

/** One that came later: with the last, where no ring names it. */
export const joinDevice = (
	{ terms: { rings } }: Pick<Rollout, 'terms'>,
	member: Member,
	now: Instant,
): RolloutDevice => {
	const named = rings.findIndex((ring) => isNamed(ring, member));
	return begin(member, named === -1 ? rings.length : named, now);
};

/** The largest first ring, and the largest share that may fail, with which a rollout is one in stages. */
const STAGED = 0.1;

/** catalogue: staged-rollout. Why these terms would let an ill release reach most before anybody notices; null: they do not. */
export const judgeStaged = ({ terms }: Pick<Rollout, 'terms'>, all: readonly RolloutDevice[]): string | null => {
	// Who runs a later version takes none of it: a ring of such would show nothing.
	const devices = all.filter(({ stage }) => stage !== 'newer');
	if (devices.length === 0) return null;
	const first = Math.min(...devices.map(({ ring }) => ring));
	const begins = devices.filter(({ ring }) => ring === first).length;
	if (begins > Math.max(1, Math.floor(devices.length * STAGED)))
		return `its first ring is ${begins} of ${devices.length} devices: begin with at most a tenth`;
	if (terms.mostFailing > STAGED) return 'more than a tenth of a ring may fail before it halts';
	return terms.soak > 0 ? null : 'no device is watched before the next ones get it: give a soak';
};
