import { type Instant, type Milliseconds, minutes } from '@keyward/core';
import { principalKey } from '@keyward/core/device';
import type { DeviceDetector } from '@keyward/core/incident';
import type { Clock, PrincipalName } from '@keyward/core/port';

/** What one detector saw of one device, often enough to be told. */
export interface Notice {
	readonly detector: DeviceDetector;
	readonly device: PrincipalName;
	/** In words. */
	readonly seen: string;
	/** How often of late. */
	readonly times: number;
	/** Signed records that prove it. */
	readonly evidence: readonly Uint8Array[];
}

/** Where detectors tell what they see: counted here, so that what happens to honest devices now and then opens nothing. */
export interface Notices {
	/** Readers are no devices, and nobody opens an incident for them. `measured`: when it was, where that is not now. */
	see(
		detector: DeviceDetector,
		of: PrincipalName,
		seen: string,
		more?: Partial<Pick<Notice, 'times' | 'evidence'>> & { readonly measured?: Instant },
	): void;
	/** What was seen before waits for the listener. */
	onNotice(listener: (notice: Notice) => void): void;
}

/** How often within how long it takes before an incident is opened. Proof takes once. */
const least: Readonly<Record<DeviceDetector, number>> = {
	'two-places': 3,
	'key-seen-twice': 1,
	'counter-fork': 1,
	// Every device tries one on its own link now and then (docs/posture.md).
	replay: 3,
	attestation: 1,
	'impossible-rate': 3,
	'handshake-changed': 1,
	tamper: 1,
};
const WITHIN: Milliseconds = minutes(30);
/** CR 7.1: most pairs of detector and device that are remembered; the longest quiet is forgotten. */
const MOST = 10_000;

export const createNotices = (clock: Clock): Notices => {
	const counts = new Map<string, { times: number; since: Instant }>();
	let tell: ((notice: Notice) => void) | null = null;
	const early: Notice[] = [];
	return {
		see: (detector, of, seen, { times = 1, evidence = [], measured } = {}) => {
			if (of.kind !== 'device') return;
			// Moments of readings and of their arrival are not on one line.
			const key = `${detector} ${measured === undefined ? '' : 'measured '}${principalKey(of)}`;
			const at = measured ?? clock.now();
			const known = counts.get(key);
			const count = known === undefined || Math.abs(at - known.since) > WITHIN ? { times: 0, since: at } : known;
			count.times += times;
			counts.delete(key);
			counts.set(key, count);
			const [oldest] = counts.keys();
			if (counts.size > MOST && oldest !== undefined) counts.delete(oldest);
			if (count.times < least[detector]) return;
			const { kind, application, id } = of;
			const notice = { detector, device: { kind, application, id }, seen, times: count.times, evidence };
			count.times = 0;
			if (tell === null) early.push(notice);
			else tell(notice);
		},
		onNotice: (listener) => {
			tell = listener;
			for (const notice of early.splice(0)) listener(notice);
		},
	};
};
