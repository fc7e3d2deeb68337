import type { RowView, SealedView } from '@keyward/contract';
import { readCursor, writeCursor } from '@keyward/contract/cursor';
import { type Instant, type Milliseconds } from '@keyward/core';
import { encodeRecord } from '@keyward/core/observe';
import type { StreamName } from '@keyward/core/port';
import {
	isOpenCheckpoint,
	judgeRosterAge,
	ofAll,
	openPatience,
	OpenView,
	type ReaderFinding,
	type ReaderTrust,
	streamKeysOf,
} from '@keyward/core/seal';
import type { Client } from './client.ts';
import { HeldOpen } from './held-open.ts';
import type { OpenReading } from './open-reading.ts';

/** Readings that a checkpoint of an open stream may cover before the first that was asked for. */
const BEFORE = 512;

/** Readings given before, by their times, that their device has signed now. */
export interface NowSigned {
	readonly from: Instant;
	readonly to: Instant;
	readonly count: number;
}

/** What a page of an open stream comes to. */
export interface OpenRows {
	readonly readings: OpenReading[];
	readonly findings: ReaderFinding[];
	readonly nowSigned: NowSigned[];
}

export const bytesOf = ({ sealed }: SealedView): Uint8Array => Uint8Array.from(Buffer.from(sealed, 'base64'));

/** Whether a row is what its device signed over readings that came open. */
export const isCheckpointRow = (row: RowView): row is SealedView => 'sealed' in row && isOpenCheckpoint(bytesOf(row));

/** Readings as they came, of which nothing is known. */
export const bare = (rows: readonly RowView[]): OpenRows => ({
	...{ readings: rows.flatMap((row) => ('sealed' in row ? [] : [row])), findings: [], nowSigned: [] },
});

/**
 * The readings of one open stream as its device signed them, checked here with the key that the owner's roster names: what the service
 * changed, left out or put in afterwards is told from what was measured.
 */
export class SignedOpen {
	readonly #name: StreamName;
	readonly #view: OpenView;
	#primed = false;
	/** Times of readings that were read to begin with, and not given. */
	readonly #before = new Set<Instant>();
	readonly #held: HeldOpen | null;
	#staleTold = false;

	/** `hold`: a reading is given once its device has signed it, or once its time for that is over; `follow`: counted from when it came here. */
	constructor(name: StreamName, hold = false, follow = false) {
		this.#name = name;
		this.#view = new OpenView(name);
		this.#held = hold ? new HeldOpen(follow) : null;
	}

	get held(): number {
		return this.#held?.count ?? 0;
	}

	/** The cursor of the first that is held. */
	get firstHeld(): string | undefined {
		return this.#held?.first;
	}

	async take(rows: readonly RowView[], trust: ReaderTrust, client: Pick<Client, 'call'>): Promise<OpenRows> {
		const [roster] = trust.rosters;
		// A stream of which nobody says whose it is cannot be told signed from unsigned.
		const expected = roster.streams.has(this.#name.stream) && streamKeysOf(roster, this.#name.device).length > 0;
		const [first] = rows;
		const held = this.#held;
		if (expected && first !== undefined) await this.#prime(first, trust, client);
		const out: OpenRows = { readings: [], findings: [], nowSigned: [] };
		// roster-age: the next roster may be withheld because it takes this key off.
		const expired = expected ? judgeRosterAge(roster, trust.now) : null;
		if (expired !== null && !this.#staleTold) out.findings.push(ofAll('roster-stale', expired.reason));
		this.#staleTold = expired !== null;
		/** Where each reading of this page stands among them, by time. */
		const places = new Map<Instant, number>();
		for (const row of rows) {
			if (!('sealed' in row)) {
				const findings = this.#takeReading(row, trust);
				out.findings.push(...findings);
				// The checkpoint to come covers the first: another one of its time would be shown as signed with it.
				if (expected && findings.length > 0) continue;
				if (held !== null) {
					held.put(expired === null ? row : { ...row, stale: true }, expected, trust.now);
					continue;
				}
				places.set(row.time, out.readings.length);
				out.readings.push({ ...row, ...(expired !== null && { stale: true }), proof: 'unsigned' });
				continue;
			}
			const { signed, forged, findings } = this.#view.takeCheckpoint(bytesOf(row), roster);
			out.findings.push(...findings);
			if (held !== null) {
				held.sign(signed);
				held.drop(forged);
				continue;
			}
			const earlier: Instant[] = [];
			for (const time of signed) {
				const place = places.get(time);
				const reading = place === undefined ? undefined : out.readings[place];
				if (place === undefined || reading === undefined) {
					if (!this.#before.has(time)) earlier.push(time);
				} else out.readings[place] = { ...reading, proof: 'signed' };
			}
			const [from, to] = [earlier[0], earlier.at(-1)];
			if (from !== undefined && to !== undefined) out.nowSigned.push({ from, to, count: earlier.length });
		}
		out.readings.push(...(held?.release(this.#patience(trust), trust.now) ?? []));
		return out;
	}

	overdue({ rosters: [roster], now }: ReaderTrust): readonly ReaderFinding[] {
		return this.#view.overdue(roster, now);
	}

	/** Of a reader that does not follow: what of the held is to be given now that all that is stored has come. */
	finish(trust: ReaderTrust): readonly OpenReading[] {
		return this.#held?.release(this.#patience(trust), trust.now, true) ?? [];
	}

	/** As long as one that signs late is waited for before it is said to be overdue. */
	#patience({ rosters: [roster] }: ReaderTrust): Milliseconds {
		const signed = roster.streams.get(this.#name.stream)?.signed;
		return signed === undefined ? 0 : openPatience(signed === 'each' ? 0 : signed.within);
	}

	#takeReading(row: OpenReading, { now }: ReaderTrust): readonly ReaderFinding[] {
		const { time, value, unit, doubt = [] } = row;
		const record = encodeRecord({ value, unit, ...(doubt.includes('time') && { doubt: ['time'] }) });
		return this.#view.takeReading({ time, record }, now);
	}

	/** Begun in the middle: what a checkpoint covers of what was before is read first, and not shown. */
	async #prime(first: RowView, trust: ReaderTrust, client: Pick<Client, 'call'>): Promise<void> {
		if (this.#primed) return;
		this.#primed = true;
		const { generation, position } = readCursor(first.cursor) ?? { generation: null, position: 0 };
		if (generation === null || position < 2) return;
		const from = Math.max(0, position - 1 - BEFORE);
		const asked = { ...this.#name, after: writeCursor(generation, from), limit: position - 1 - from };
		const { readings } = await client.call('readings.read', asked);
		for (const row of readings) {
			if (!('sealed' in row)) {
				this.#before.add(row.time);
				this.#takeReading(row, trust);
			} else if (isCheckpointRow(row)) this.#view.takeCheckpoint(bytesOf(row), trust.rosters[0]);
		}
	}
}
