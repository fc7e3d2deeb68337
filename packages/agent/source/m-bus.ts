import { type Milliseconds, Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/spelling';
import { inOtherUnit } from './foreign-unit.ts';
import { acknowledged, longFrame, REQUEST, RESET, shortFrame } from './m-bus-frame.ts';
import { type MBusRecord, mBusQuantities, readTelegram } from './m-bus-record.ts';
import { type Connection, type Measured, polled, type PolledOptions } from './polled.ts';
import { SerialExchange } from './serial-exchange.ts';
import { type SerialSettings, sttyArguments } from './serial-port.ts';
import type { Source } from '../sample/source.ts';

/** One quantity of a meter. */
export interface MBusValue {
	/** Primary address, 1 to 250; 254 is whichever meter is alone on the line. */
	readonly address: number;
	readonly quantity: string;
	readonly storage: number;
	readonly tariff: number;
}

/** Reads `5:energy` or `5:energy,tariff=2,storage=1`. Throws `Problem('source-malformed')`. */
export const parseMBusValue = (text: string): MBusValue => {
	const [, at = '', quantity = '', options = ''] =
		/^(\d{1,3}):([a-z-]+)((?:,(?:storage|tariff)=\d{1,6})*)$/.exec(text) ?? [];
	const address = Number(at);
	if (at === '' || !((address >= 1 && address <= 250) || address === 254))
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(text)} is no quantity of a meter: write ADDRESS:QUANTITY, such as 5:energy or 5:energy,tariff=2; addresses are 1 to 250, and 254`,
		);
	if (!mBusQuantities.includes(quantity))
		throw new Problem(
			'source-malformed',
			`there is no quantity ${JSON.stringify(quantity)}${didYouMean(quantity, mBusQuantities)} (${mBusQuantities.join(', ')})`,
		);
	const option = (name: string): number => Number(new RegExp(`,${name}=(\\d+)`).exec(options)?.[1] ?? '0');
	return { address, quantity, storage: option('storage'), tariff: option('tariff') };
};

/** With the unit that is wanted; the meter's own when it is left out. */
export interface MBusStream {
	readonly value: MBusValue;
	readonly unit?: string;
}

export interface MBusOptions extends SerialSettings, Omit<PolledOptions<MBusStream>, 'streams' | 'open'> {
	readonly streams: Readonly<Record<string, MBusStream>>;
}

/** Asks meters every so long over M-Bus (EN 13757-2 and -3), through a level converter on a serial port; once a round for each meter. */
export const mBus = (options: MBusOptions): Source => {
	sttyArguments(options);
	return polled({
		...options,
		streams: Object.fromEntries(Object.entries(options.streams).map(([stream, what]) => [stream, { what }])),
		open: async (signal) => new MBusConnection(await SerialExchange.open(options, signal), options.timeout),
	});
};

/** No meter with more telegrams is known. */
const mostTelegrams = 16;

class MBusConnection implements Connection<MBusStream> {
	readonly #line: SerialExchange;
	readonly #timeout: Milliseconds;
	#asked = new Map<number, Promise<MBusRecord[]>>();

	constructor(line: SerialExchange, timeout: Milliseconds) {
		this.#line = line;
		this.#timeout = timeout;
	}

	get isOpen(): boolean {
		return this.#line.isOpen;
	}

	close(): void {
		this.#line.close();
	}

	newRound(): void {
		this.#asked = new Map();
	}

	async read({ value: wanted, unit }: MBusStream): Promise<Measured> {
		const { address } = wanted;
		try {
			const asking = this.#asked.get(address) ?? this.#ask(address);
			this.#asked.set(address, asking);
			return measuredIn(await asking, wanted, unit);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			throw new Problem(error.code, `meter ${address}: ${error.detail}`, { cause: error });
		}
	}

	async #ask(address: number): Promise<MBusRecord[]> {
		const reset = shortFrame(RESET, address);
		await this.#line.ask(reset, (came) => acknowledged(reset, came), this.#timeout);
		const records: MBusRecord[] = [];
		for (let telegram = 0; telegram < mostTelegrams; telegram++) {
			const request = shortFrame(REQUEST[telegram % 2 === 0 ? 0 : 1], address);
			const data = await this.#line.ask(request, (came) => longFrame(request, address, came), this.#timeout);
			const { records: found, more } = readTelegram(data);
			records.push(...found);
			if (!more) break;
		}
		return records;
	}
}

/** The one record that is meant. Throws `Problem` when there is none, more than one, or it has no value. */
const measuredIn = (
	records: readonly MBusRecord[],
	{ quantity, storage, tariff }: MBusValue,
	wanted: string | undefined,
): Measured => {
	const [found, ...others] = records.filter(
		(record) =>
			record.quantity === quantity &&
			record.storage === storage &&
			record.tariff === tariff &&
			(record.kind === 'now' || record.kind === 'error'),
	);
	if (found === undefined) {
		const there = new Set(records.filter(({ kind }) => kind === 'now').map(nameOf));
		throw new Problem(
			'source-malformed',
			`it has no ${nameOf({ quantity, storage, tariff })}; it has ${[...there].join('; ') || 'nothing that is decoded'}`,
		);
	}
	if (others.length > 0)
		throw new Problem(
			'source-malformed',
			`it has ${others.length + 1} of ${nameOf(found)}, and nothing tells them apart`,
		);
	if (found.value === null || found.unit === null || found.kind === 'error')
		throw new Problem('source-no-value', `it says that it has no ${quantity}`);
	const unit = wanted ?? found.unit;
	const value = inOtherUnit(found.value, found.unit, unit);
	if (value === null)
		throw new Problem(
			'source-malformed',
			`its ${quantity} is in ${found.unit}, which is no other unit of what ${unit} measures`,
		);
	return { value, unit };
};

const nameOf = ({ quantity, storage, tariff }: Pick<MBusRecord, 'quantity' | 'storage' | 'tariff'>): string =>
	`${quantity ?? 'something that is not decoded'}${storage === 0 ? '' : `,storage=${storage}`}${tariff === 0 ? '' : `,tariff=${tariff}`}`;
