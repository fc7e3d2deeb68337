import type { SealedView } from '@keyward/contract';
import { mostReadings, readCursor, writeCursor } from '@keyward/contract/cursor';
import { topicOf } from '@keyward/core/device';
import type { StreamName } from '@keyward/core/port';
import {
	mostCovered,
	mostNumbers,
	type ReaderFinding,
	type ReaderTrust,
	ReaderView,
	readSealedItem,
} from '@keyward/core/seal';
import { type Instant, Problem } from '@keyward/core';
import type { Client } from './client.ts';
import type { OpenReading } from './open-reading.ts';
import type { Page } from './pages.ts';
import { bare, bytesOf, isCheckpointRow, type NowSigned, SignedOpen } from './signed-open.ts';

export interface OpenPage {
	readonly name: StreamName;
	readonly readings: readonly OpenReading[];
	/** The cursor to go on after once these readings are kept. */
	readonly next: string;
	/** Readings that were given before as opened and are signed now. */
	readonly signed: readonly {
		readonly epoch: number;
		readonly numbers: readonly [first: number, last: number];
		/** Their times, of those that this opener gave. */
		readonly times: readonly Instant[];
	}[];
	/** Of an open stream: readings that were given before as unsigned and are signed now. */
	readonly nowSigned: readonly NowSigned[];
	readonly findings: readonly ReaderFinding[];
}

interface Held {
	readonly epoch: number;
	readonly sequence: number;
	readonly reading: OpenReading;
}

interface StreamState {
	readonly name: StreamName;
	/** The place after all that came. */
	next: string;
	readonly view: ReaderView;
	readonly open: SignedOpen;
	primed: boolean;
	held: Held[];
	/** Given as opened, and not signed yet. */
	unsigned: { readonly epoch: number; readonly sequence: number; readonly time: Instant }[];
	closed: { readonly epoch: number; readonly last: number };
}

/**
 * Opens what a reader is given, here on the reader's own machine: the service has no key, and is believed in nothing. With `hold` a
 * reading is given once its device has signed it, or once it is sure that it will not be, and `next` stays before what is held.
 */
export class Opener {
	readonly #client: Pick<Client, 'call'>;
	readonly #trustOf: () => Promise<ReaderTrust | null>;
	readonly #hold: boolean;
	readonly #follow: boolean;
	readonly #streams = new Map<string, StreamState>();

	/**
	 * `trustOf` gives the owner's rosters and the reader's key at this moment; null where no owner is pinned. `follow`: it goes on with what comes,
	 * so that a device has its time to sign from when a reading came here, and not from when it was measured.
	 */
	constructor(client: Pick<Client, 'call'>, trustOf: () => Promise<ReaderTrust | null>, hold: boolean, follow = false) {
		this.#client = client;
		this.#trustOf = trustOf;
		this.#hold = hold;
		this.#follow = follow;
	}

	async open({ name, readings: rows, next }: Page): Promise<OpenPage> {
		const state = this.#stateOf(name);
		state.next = next;
		const out: { readings: OpenReading[]; signed: OpenPage['signed'][number][]; findings: ReaderFinding[] } = {
			...{ readings: [], signed: [], findings: [] },
		};
		const trust = await this.#trustOf();
		const isSealed = trust?.rosters[0].streams.get(name.stream)?.sealed === true;
		const open = isSealed ? [] : rows.filter((row) => !('sealed' in row) || isCheckpointRow(row));
		const cameOpen = new Set(open);
		for (const row of rows) {
			if (cameOpen.has(row)) continue;
			if (!('sealed' in row)) {
				// Terms come from the roster alone: what comes open on a sealed stream is the service's invention, or an order obeyed.
				out.findings.push(aside('reading-unsealed', 'An open reading came on a sealed stream; it is not shown.'));
			} else if (trust === null) out.findings.push(noOwner);
			else await this.#takeSealed(state, name, row, trust, out);
		}
		// Whose signature it is the owner says: without one, readings are shown as they came.
		const { readings, findings, nowSigned } =
			trust === null ? bare(open) : await state.open.take(open, trust, this.#client);
		out.readings.push(...readings);
		out.findings.push(...findings);
		return { name, ...out, nowSigned, next: earliest(state.held[0]?.reading.cursor, state.open.firstHeld) ?? next };
	}

	/** Of a reader that does not follow, once all that is stored has come: what is held and should have been signed by now. */
	async finish(): Promise<readonly OpenPage[]> {
		const trust = await this.#trustOf();
		if (trust === null) return [];
		return [...this.#streams.values()].flatMap(({ name, open, held, next }) => {
			const readings = open.finish(trust);
			const place = earliest(held[0]?.reading.cursor, open.firstHeld) ?? next;
			return readings.length === 0 ? [] : [{ name, readings, next: place, signed: [], nowSigned: [], findings: [] }];
		});
	}

	/** What is noticed without a row, of the streams met so far. */
	async overdue(): Promise<readonly { readonly name: StreamName; readonly finding: ReaderFinding }[]> {
		const trust = await this.#trustOf();
		return trust === null
			? []
			: [...this.#streams.values()].flatMap(({ name, primed, view, open }) => {
					const isSealed = primed || trust.rosters[0].streams.get(name.stream)?.sealed === true;
					return [...(isSealed ? view.overdue(trust) : []), ...open.overdue(trust)].map((finding) => ({
						name,
						finding,
					}));
				});
	}

	/** Readings that are held until their device signs them. */
	get held(): number {
		return [...this.#streams.values()].reduce((sum, { held, open }) => sum + held.length + open.held, 0);
	}

	#stateOf(name: StreamName): StreamState {
		const known = this.#streams.get(topicOf(name));
		if (known !== undefined) return known;
		const made = {
			...{ name, next: '0' },
			view: new ReaderView(name),
			open: new SignedOpen(name, this.#hold, this.#follow),
			primed: false,
			held: [],
			unsigned: [],
			closed: { epoch: -1, last: 0 },
		};
		this.#streams.set(topicOf(name), made);
		return made;
	}

	async #takeSealed(
		state: StreamState,
		name: StreamName,
		row: SealedView,
		trust: ReaderTrust,
		out: { readings: OpenReading[]; signed: OpenPage['signed'][number][]; findings: ReaderFinding[] },
	): Promise<void> {
		if (!state.primed) {
			state.primed = true;
			await this.#prime(state, name, row, trust);
		}
		const taken = await state.view.take(bytesOf(row), trust);
		out.findings.push(...taken.findings);
		const { reading, signed, closed } = taken;
		if (reading !== null) {
			const { epoch, sequence, time, value, unit, doubted, stale } = reading;
			const doubt = [...(doubted === true ? (['time'] as const) : []), ...(row.doubt ?? [])];
			// The epoch before it is over: what of it is not signed stays so.
			this.#release(state, out, (held) => held.epoch < epoch, 'opened');
			if ((state.unsigned[0]?.epoch ?? epoch) < epoch) state.unsigned = [];
			if (!reading.signed) state.unsigned.push({ epoch, sequence, time });
			// No checkpoint covers more.
			if (state.unsigned.length > mostCovered) state.unsigned.shift();
			const shown = {
				cursor: row.cursor,
				time,
				value,
				unit,
				...(doubt.length > 0 && { doubt }),
				...(stale === true && { stale }),
				proof: reading.signed ? ('signed' as const) : ('opened' as const),
			};
			const isLate = epoch === state.closed.epoch && sequence <= state.closed.last;
			if (this.#hold && !reading.signed && !isLate) state.held.push({ epoch, sequence, reading: shown });
			else out.readings.push(shown);
		}
		if (signed !== null) {
			const [first, last] = signed.numbers;
			const isOne = (one: { readonly epoch: number; readonly sequence: number }): boolean =>
				one.epoch === signed.epoch && one.sequence >= first && one.sequence <= last;
			out.signed.push({ ...signed, times: state.unsigned.filter(isOne).map(({ time: at }) => at) });
			state.unsigned = state.unsigned.filter((one) => !isOne(one));
			this.#release(state, out, isOne, 'signed');
		}
		if (closed === null) return;
		state.closed = closed;
		const forged = taken.findings.find(({ code }) => code === 'checkpoint-mismatch')?.numbers ?? null;
		const isPast = (one: Held): boolean => one.epoch === closed.epoch && one.sequence <= closed.last;
		// The device signed something else: none of the range is handed on, for nobody knows which one is forged.
		if (forged !== null) state.held = state.held.filter((one) => !(isPast(one) && one.sequence >= forged[0]));
		this.#release(state, out, isPast, 'opened');
	}

	#release(
		state: StreamState,
		out: { readings: OpenReading[] },
		which: (held: Held) => boolean,
		proof: 'opened' | 'signed',
	): void {
		out.readings.push(...state.held.filter(which).map(({ reading }) => ({ ...reading, proof })));
		state.held = state.held.filter((one) => !which(one));
	}

	/** Begun in the middle of an epoch: what leads there is read first, back to the epoch itself, and not shown. */
	async #prime(state: StreamState, name: StreamName, row: SealedView, trust: ReaderTrust): Promise<void> {
		if (isEpoch(row)) return;
		const { generation, position } = readCursor(row.cursor) ?? { generation: null, position: 0 };
		if (generation === null) return;
		let before: SealedView[] = [];
		for (let end = position - 1; end > 0 && before.length <= mostNumbers; end -= mostReadings) {
			const from = Math.max(0, end - mostReadings);
			const asked = { ...name, after: writeCursor(generation, from), limit: end - from };
			const { readings } = await this.#client.call('readings.read', asked);
			const sealed = readings.filter((one): one is SealedView => 'sealed' in one);
			const begin = sealed.findLastIndex(isEpoch);
			before = [...sealed.slice(Math.max(0, begin)), ...before];
			if (begin >= 0) break;
		}
		for (const one of before) {
			const { closed } = await state.view.take(bytesOf(one), trust);
			if (closed !== null) state.closed = closed;
		}
	}
}

const isEpoch = (row: SealedView): boolean => {
	try {
		return readSealedItem(bytesOf(row)).kind === 'epoch';
	} catch (error) {
		if (error instanceof Problem) return false;
		throw error;
	}
};

/** The place before the first of these. */
const earliest = (...cursors: readonly (string | undefined)[]): string | null => {
	const found = cursors.flatMap((one) => (one === undefined ? [] : (readCursor(one) ?? [])));
	const [first] = found.toSorted((a, b) => a.position - b.position);
	return first === undefined || first.generation === null ? null : writeCursor(first.generation, first.position - 1);
};

const aside = (code: ReaderFinding['code'], detail: string): ReaderFinding => ({
	code,
	detail,
	epoch: null,
	numbers: null,
});

const noOwner = aside(
	'roster-stale',
	'A sealed row cannot be judged: this reader has no roster of an owner. Have it commissioned with the owner pinned.',
);
