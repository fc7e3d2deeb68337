import type { StreamName } from '../device/stream-name.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import { digestOf, isSignedCheckpoint, type ReceivedCheckpoint } from './checkpoint.ts';
import type { EpochKeys } from './content-key.ts';
import { isSignedEpoch, openEpoch, type ReceivedEpoch } from './epoch.ts';
import { judgeEpoch, judgeRosterAge, streamKeysOf } from './judge-epoch.ts';
import { readOpened } from './opened-record.ts';
import { judgeOpenedTime, judgeSignedTime, namedSince } from './judge-opened-time.ts';
import { codeOf, found, gap, ofAll, type ReaderFinding, unfollowed } from './reader-finding.ts';
import type { Roster } from './roster.ts';
import { readSealedItem, type SealedItem } from './sealed-item.ts';
import { isSignedReading, openReading, type SealedReading } from './sealed-reading.ts';
import { SequenceWatch } from './sequence-watch.ts';
import { nothing, type ReaderTrust, type TakenRow } from './taken-row.ts';

interface Epoch {
	readonly number: number;
	readonly hash: Uint8Array;
	readonly roster: Roster;
	/** Null where it is not sealed to this reader. */
	readonly keys: EpochKeys | null;
	readonly watch: SequenceWatch;
	/** Numbers of checkpoints that came. */
	readonly signedNumbers: Set<number>;
	/** It was said that its roster had expired. */
	staleTold: boolean;
	/** Since when the device is the owner's, as far as this reader can tell. */
	readonly since: Instant | null;
	/** It was said that a reading of it is of a time before the device was the owner's. */
	pastTold: boolean;
	/** Of the readings that no checkpoint covers yet, the one of the latest time. */
	latest: { readonly time: Instant; readonly sequence: number } | null;
	/** Hash of the last checkpoint. */
	checkpoint: Uint8Array | null;
	/** The last number that a checkpoint covers, its own among them. */
	covered: number;
}

/** Epochs that late readings still open under. */
const keptEpochs = 4;
/** Of `every`: a stream quieter than this is silent. */
const patience = 3;

/**
 * What one reader knows of one sealed stream, fed with its rows in the order of their cursors, from an epoch on. It believes
 * nothing that the service said: each signature, recipient and number is checked again here, for the service may be the attacker.
 */
export class ReaderView {
	readonly #name: StreamName;
	readonly #epochs = new Map<number, Epoch>();
	#newest: Epoch | null = null;
	#last: Instant | null = null;
	/** When it was first asked what is overdue. */
	#since: Instant | null = null;
	#unsignedSince: Instant | null = null;

	constructor(name: StreamName) {
		this.#name = name;
	}

	/** One row; `bytes` as they came. Throws nothing that a row can cause. */
	async take(bytes: Uint8Array, trust: ReaderTrust): Promise<TakenRow> {
		try {
			const item = readSealedItem(bytes);
			if (item.kind === 'epoch') return nothing(await this.#takeEpoch(item.received, trust));
			const epoch = this.#epochs.get(item.epoch);
			if (epoch === undefined)
				return nothing([
					found('epoch-unknown', `Nothing opens: epoch ${item.epoch} did not come, or was refused.`, item),
				]);
			return item.kind === 'checkpoint'
				? this.#takeCheckpoint(item.received, epoch, trust)
				: this.#takeReading(item, epoch, trust);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return nothing([{ code: 'seal-malformed', detail: error.detail, epoch: null, numbers: null }]);
		}
	}

	/** What is noticed without a row: silence, an expired roster, readings that stay unsigned. Ask now and then. */
	overdue({ rosters: [roster], now }: Pick<ReaderTrust, 'rosters' | 'now'>): readonly ReaderFinding[] {
		const terms = roster.streams.get(this.#name.stream);
		const stale = judgeRosterAge(roster, now);
		const every = terms?.every ?? null;
		// gap-noticed: a service that gives nothing at all, to a reader that goes on where it stopped, is as silent.
		const last = this.#last ?? (this.#since ??= now);
		const within: Milliseconds | null = terms === undefined || terms.signed === 'each' ? null : terms.signed.within;
		return [
			...(stale === null ? [] : [ofAll('roster-stale', stale.reason)]),
			...(every === null || now - last <= every * patience
				? []
				: [
						ofAll(
							'stream-silent',
							`No reading since ${new Date(last).toISOString()}: one was due every ${every / 1000} s.`,
						),
					]),
			...(within === null || this.#unsignedSince === null || now - this.#unsignedSince <= within * patience
				? []
				: [
						ofAll(
							'reading-unsigned',
							`Readings since ${new Date(this.#unsignedSince).toISOString()} are opened and not signed.`,
						),
					]),
		];
	}

	async #takeEpoch(received: ReceivedEpoch, trust: ReaderTrust): Promise<ReaderFinding[]> {
		const { content, hash } = received;
		const { number } = content;
		const place = { epoch: number, sequence: 0 };
		const known = this.#epochs.get(number);
		if (known !== undefined)
			return Buffer.compare(known.hash, hash) === 0
				? []
				: [found('stream-forked', `Epoch ${number} came with two contents: the device's key said two things.`, place)];
		// A key that the roster in force names no more signs nothing, whatever roster it calls on: somebody who stole it could.
		if (!isSignedEpoch(received, streamKeysOf(trust.rosters[0], this.#name.device)))
			return [
				found('stream-key-unknown', `The roster names no key of ${this.#name.device} that signed this epoch.`, place),
			];
		const roster = trust.rosters.find((one) => Buffer.compare(one.hash, content.rosterHash) === 0);
		const refusal = judgeEpoch(received, this.#name, roster ?? trust.rosters[0], trust.now);
		if (refusal !== null && !(roster === undefined && refusal.code === 'epoch-roster'))
			return [found(codeOf(refusal.code), refusal.reason, place)];
		if (roster === undefined && trust.rosters[0].streams.get(this.#name.stream)?.suite !== content.suite)
			return [found('seal-suite', 'The epoch is not of the suite that the roster gives this stream.', place)];
		const before = this.#newest;
		if (before !== null && number < before.number)
			return [found('reading-replayed', `Epoch ${number} came after epoch ${before.number}.`, place)];
		const findings: ReaderFinding[] = [];
		if (roster === undefined)
			findings.push(
				found(
					'epoch-roster',
					'It was made under a roster that this reader never had: who its other readers are is not known.',
					place,
				),
			);
		const follows = before !== null && sameHash(content.previous?.hash ?? null, before.hash);
		// What a service held back of the end of the epoch before is missed by the count.
		const missing = follows && content.previous !== null ? before.watch.end(content.previous.numbers) : null;
		if (before !== null && missing !== null) findings.push(gap(before.number, missing));
		if (before !== null && !follows) findings.push(unfollowed(before.number, number, content.previous !== null));
		const keys = await openEpoch(received, trust.key).catch((error: unknown) => {
			if (!(error instanceof Problem)) throw error;
			findings.push(found(codeOf(error.code), error.detail, place));
			return null;
		});
		const epoch: Epoch = {
			...{ number, hash, roster: roster ?? trust.rosters[0], keys },
			since: namedSince(trust.rosters, this.#name.device),
			...{
				watch: new SequenceWatch(),
				signedNumbers: new Set(),
				staleTold: false,
				pastTold: false,
				latest: null,
				checkpoint: null,
				covered: 0,
			},
		};
		this.#newest = epoch;
		this.#epochs.set(number, epoch);
		for (const oldest of this.#epochs.keys()) {
			if (this.#epochs.size <= keptEpochs) break;
			this.#epochs.delete(oldest);
		}
		return findings;
	}

	#takeReading(
		item: SealedItem & { readonly kind: 'reading' | 'signed-reading' },
		epoch: Epoch,
		{ rosters: [roster], now }: ReaderTrust,
	): TakenRow {
		const received: SealedReading = item.kind === 'reading' ? item.received : item.received.reading;
		const own = streamKeysOf(roster, this.#name.device);
		// IEC 62443-4-2 CR 3.1: another reader has the content key too, and not the device's.
		if (item.kind === 'signed-reading' && !isSignedReading(item.received, epoch.hash, own))
			return nothing([found('reading-forged', "It is not signed by the device's stream key.", item)]);
		if (epoch.keys === null) return nothing([found('epoch-recipients', 'It is not sealed to this reader.', item)]);
		const terms = epoch.roster.streams.get(this.#name.stream);
		try {
			// Before its number counts: what does not open must not make the true one a repetition.
			const record = readOpened(openReading(epoch.keys, received), this.#name, terms?.unit ?? '');
			const findings = this.#judgeArrival(received, epoch);
			if (findings === null) return nothing([found('reading-replayed', 'A reading came again.', item)]);
			if (findings.some(({ code }) => code === 'stream-forked' || code === 'reading-forged')) return nothing(findings);
			const signed = item.kind === 'signed-reading';
			if (!signed && terms?.signed === 'each')
				findings.push(found('reading-unsigned', 'The roster has each reading of this stream signed by itself.', item));
			// roster-age: a withheld roster may take this key off, and who stole it dates as he likes. So the reader's own clock counts as well.
			const expired = judgeRosterAge(roster, now);
			const stale = expired !== null || record.time >= epoch.roster.expires;
			if (stale && !epoch.staleTold) {
				epoch.staleTold = true;
				const since = new Date(epoch.roster.expires).toISOString();
				const measured = `It was measured after its roster expired, at ${since}, and sealed all the same.`;
				findings.push(found('roster-stale', expired?.reason ?? measured, item));
			}
			const untimely = judgeOpenedTime(record.time, now, epoch.since, item);
			// Where one is of such a time, many are: a recording, played into the device.
			if (untimely !== null && !(untimely.code === 'reading-time-past' && epoch.pastTold)) findings.push(untimely);
			if (untimely?.code === 'reading-time-past') epoch.pastTold = true;
			const { time } = record;
			if (!signed && (epoch.latest === null || time > epoch.latest.time))
				epoch.latest = { time, sequence: received.sequence };
			// A device whose clock is ahead is missed no later for it.
			const heard = Math.min(record.time, now);
			this.#last = Math.max(this.#last ?? heard, heard);
			if (!signed) this.#unsignedSince ??= now;
			return {
				reading: { epoch: epoch.number, sequence: received.sequence, ...record, ...(stale && { stale }), signed },
				...{ signed: null, closed: null, findings },
			};
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return nothing([found('reading-forged', error.detail, item)]);
		}
	}

	/** Null for one that came before. */
	#judgeArrival({ sequence, hash }: SealedReading, epoch: Epoch): ReaderFinding[] | null {
		const place = { epoch: epoch.number, sequence };
		const arrival = epoch.watch.take(sequence, hash);
		if (arrival === 'again') return null;
		if (arrival === 'forked')
			return [
				epoch.signedNumbers.has(sequence)
					? found('reading-forged', 'A reading came under the number of a checkpoint.', place)
					: found('stream-forked', `Number ${sequence} came with two texts: only one is the device's.`, place),
			];
		return typeof arrival === 'string' ? [] : [gap(epoch.number, arrival.missing)];
	}

	#takeCheckpoint(received: ReceivedCheckpoint, epoch: Epoch, { rosters: [roster] }: ReaderTrust): TakenRow {
		const { checkpoint, hash } = received;
		const place = { epoch: epoch.number, sequence: checkpoint.sequence };
		if (
			Buffer.compare(checkpoint.epochHash, epoch.hash) !== 0 ||
			// As of epochs and readings: a key that the roster in force names no more signs nothing.
			!isSignedCheckpoint(received, streamKeysOf(roster, this.#name.device))
		)
			return nothing([found('reading-forged', "A checkpoint is not of its epoch and the device's stream key.", place)]);
		const arrival = epoch.watch.take(checkpoint.sequence, hash);
		if (arrival === 'again') return nothing([]);
		const findings = typeof arrival === 'string' ? [] : [gap(epoch.number, arrival.missing)];
		if (arrival === 'forked') {
			if (epoch.signedNumbers.has(checkpoint.sequence))
				return nothing([found('stream-forked', `Number ${checkpoint.sequence} was signed twice.`, place)]);
			// What the device signed counts: anyone who has the content key can seal a reading under any number.
			epoch.watch.replace(checkpoint.sequence, hash);
			findings.push(found('reading-forged', 'A reading came under the number of a checkpoint.', place));
		}
		epoch.signedNumbers.add(checkpoint.sequence);
		const [first, last] = [checkpoint.first, checkpoint.sequence - 1];
		const follows = sameHash(checkpoint.previous, epoch.checkpoint) && first === epoch.covered + 1;
		epoch.checkpoint = hash;
		epoch.covered = checkpoint.sequence;
		if (!follows)
			findings.push(
				found('reading-missing', `The checkpoint before that of number ${checkpoint.sequence} did not come.`, place),
			);
		const closed = { epoch: epoch.number, last };
		if (first > last) return nothing(findings, closed);
		const hashes: Uint8Array[] = [];
		for (let number = first; number <= last; number++) {
			const one = epoch.watch.hash(number);
			if (one === null) {
				const detail = `Readings ${first} to ${last} stay opened: number ${number} of them did not come.`;
				return nothing(
					[...findings, { code: 'reading-missing', detail, epoch: epoch.number, numbers: [first, last] }],
					closed,
				);
			}
			hashes.push(one);
		}
		if (Buffer.compare(digestOf(hashes), checkpoint.digest) !== 0) {
			const detail = `The device signed other readings than came as ${first} to ${last}: one of them is forged.`;
			return nothing(
				[...findings, { code: 'checkpoint-mismatch', detail, epoch: epoch.number, numbers: [first, last] }],
				closed,
			);
		}
		this.#unsignedSince = null;
		// One that came before it and is not covered by it was measured later.
		if ((epoch.latest?.sequence ?? 0) <= last) {
			findings.push(...judgeSignedTime(epoch.latest, epoch.number, checkpoint.time));
			epoch.latest = null;
		}
		return { reading: null, signed: { epoch: epoch.number, numbers: [first, last] }, closed, findings };
	}
}

const sameHash = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
	a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
