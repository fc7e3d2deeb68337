import { readCursor, type RowView, type SealedView, writeCursor } from '@keyward/contract';
import type { Instant } from '@keyward/core';
import { encodeRecord } from '@keyward/core/observe';
import type { StreamName } from '@keyward/core/port';
import { isOpenCheckpoint, OpenView, type ReaderFinding, type ReaderTrust, streamKeysOf } from '@keyward/core/seal';
import type { Client } from './client.ts';
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

	constructor(name: StreamName) {
		this.#name = name;
		this.#view = new OpenView(name);
	}

	async take(rows: readonly RowView[], trust: ReaderTrust, client: Pick<Client, 'call'>): Promise<OpenRows> {
		const [roster] = trust.rosters;
		// A stream of which nobody says whose it is cannot be told signed from unsigned.
		const expected = roster.streams.has(this.#name.stream) && streamKeysOf(roster, this.#name.device).length > 0;
		const [first] = rows;
		if (expected && first !== undefined) await this.#prime(first, trust, client);
		const out: OpenRows = { readings: [], findings: [], nowSigned: [] };
		/** Where each reading of this page stands among them, by time. */
		const places = new Map<Instant, number>();
		for (const row of rows) {
			if (!('sealed' in row)) {
				const findings = this.#takeReading(row, trust);
				out.findings.push(...findings);
				// The checkpoint to come covers the first: another one of its time would be shown as signed with it.
				if (expected && findings.length > 0) continue;
				places.set(row.time, out.readings.length);
				out.readings.push(expected ? { ...row, proof: 'unsigned' } : row);
				continue;
			}
			const { signed, findings } = this.#view.takeCheckpoint(bytesOf(row), roster);
			out.findings.push(...findings);
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
		return out;
	}

	overdue({ rosters: [roster], now }: ReaderTrust): readonly ReaderFinding[] {
		return this.#view.overdue(roster, now);
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
