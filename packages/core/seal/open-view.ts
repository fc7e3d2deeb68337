import type { StreamName } from '../device/stream-name.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { type Milliseconds, seconds } from '../units/milliseconds.ts';
import { streamKeysOf } from './judge-epoch.ts';
import {
	type CoveredReading,
	isSignedOpenCheckpoint,
	openDigestOf,
	readOpenCheckpoint,
	type ReceivedOpenCheckpoint,
} from './open-checkpoint.ts';
import { ofAll, type ReaderFinding } from './reader-finding.ts';
import type { Roster } from './roster.ts';

/** What a checkpoint of an open stream brought. */
export interface OpenTaken {
	/** Times of readings given before that the device has signed now. */
	readonly signed: readonly Instant[];
	/** Times of readings one of which at least is not as the device signed it. */
	readonly forged: readonly Instant[];
	readonly findings: readonly ReaderFinding[];
}

/** Readings that are remembered, signed or not: a device that was away sends many before it signs them. */
const most = 8192;
/** Who signs later than that does not sign `within` the time that the roster says. */
export const openPatience = (within: Milliseconds): Milliseconds => Math.max(within * 3, seconds(10));

interface Known extends CoveredReading {
	readonly came: Instant;
	signed: boolean;
}

/**
 * What one reader knows of one open stream, fed with its rows in the order of their cursors. The service stores what it likes: what a
 * reading was is what the device signed, by the key that the owner's roster in force names.
 */
export class OpenView {
	readonly #name: StreamName;
	/** By time. */
	readonly #readings = new Map<Instant, Known>();
	/** The earliest time that came: what is covered before it was sent before this reader began. */
	#first: Instant = Number.POSITIVE_INFINITY;
	#last: { readonly number: number; readonly hash: Uint8Array } | null = null;

	constructor(name: StreamName) {
		this.#name = name;
	}

	/** A reading; what is noticed of it. */
	takeReading({ time, record }: CoveredReading, now: Instant): readonly ReaderFinding[] {
		const known = this.#readings.get(time);
		if (known !== undefined) {
			return openDigestOf([known]).join() === openDigestOf([{ time, record }]).join()
				? []
				: [ofAll('reading-forged', `Two readings came under the time ${shown(time)}: one is not the device's.`)];
		}
		this.#readings.set(time, { time, record, came: now, signed: false });
		this.#first = Math.min(this.#first, time);
		for (const oldest of this.#readings.keys()) {
			if (this.#readings.size <= most) break;
			this.#readings.delete(oldest);
		}
		return [];
	}

	/** A checkpoint; `bytes` as they came. Throws nothing that a row can cause. */
	takeCheckpoint(bytes: Uint8Array, roster: Roster): OpenTaken {
		try {
			const received = readOpenCheckpoint(bytes);
			const keys = streamKeysOf(roster, this.#name.device);
			if (keys.length === 0)
				return nothing('stream-key-unknown', `The roster names no key of ${this.#name.device}: nothing is signed.`);
			if (!isSignedOpenCheckpoint(received, this.#name, keys))
				return nothing('reading-forged', "A checkpoint is not of this stream and the device's key.");
			return this.#judge(received);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return nothing('seal-malformed', error.detail);
		}
	}

	/** What is noticed without a row: readings that stay unsigned on a stream that the roster has signed. */
	overdue(roster: Roster, now: Instant): readonly ReaderFinding[] {
		const terms = roster.streams.get(this.#name.stream);
		if (terms === undefined) return [];
		const within = terms.signed === 'each' ? 0 : terms.signed.within;
		const late = [...this.#readings.values()].filter(
			({ signed, came }) => !signed && now - came > openPatience(within),
		);
		const [first] = late;
		return first === undefined
			? []
			: [
					ofAll(
						'reading-unsigned',
						`${late.length} readings from ${shown(first.time)} on are not signed by the device.`,
					),
				];
	}

	#judge({ checkpoint, hash }: ReceivedOpenCheckpoint): OpenTaken {
		const { number, times, digest, previous } = checkpoint;
		const last = this.#last;
		if (last !== null && number <= last.number) {
			return Buffer.compare(hash, last.hash) === 0
				? { signed: [], forged: [], findings: [] }
				: nothing('reading-replayed', 'A checkpoint came after a later one.');
		}
		const findings: ReaderFinding[] = [];
		this.#last = { number, hash };
		if (last !== null && (previous === null || Buffer.compare(previous, last.hash) !== 0))
			findings.push(ofAll('reading-missing', `The checkpoint before that of ${shown(number)} did not come.`));
		const covered = times.map((time) => this.#readings.get(time));
		const missing = times.filter((time, at) => covered[at] === undefined && time >= this.#first);
		const [absent] = missing;
		if (absent !== undefined) {
			const detail = `${missing.length} readings that the device signed did not come, the first of ${shown(absent)}.`;
			findings.push(ofAll('reading-missing', detail));
		}
		const known = covered.filter((one) => one !== undefined);
		if (known.length < times.length) return { signed: [], forged: [], findings };
		if (Buffer.compare(openDigestOf(known), digest) !== 0) {
			const span = `${shown(times[0] ?? 0)} to ${shown(times.at(-1) ?? 0)}`;
			const detail = `The device signed other readings than came from ${span}: one of them was changed.`;
			return { signed: [], forged: times, findings: [...findings, ofAll('checkpoint-mismatch', detail)] };
		}
		for (const one of known) one.signed = true;
		return { signed: times, forged: [], findings };
	}
}

const nothing = (code: ReaderFinding['code'], detail: string): OpenTaken => ({
	...{ signed: [], forged: [], findings: [ofAll(code, detail)] },
});

/** ECMA-262 has no date beyond that. */
const LAST_DATE = 8.64e15;
const shown = (time: Instant): string => (Math.abs(time) <= LAST_DATE ? new Date(time).toISOString() : `${time} ms`);
