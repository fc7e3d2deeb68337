import { type Milliseconds, Problem } from '@keyward/core';
import { type Connection, polled, type PolledOptions } from './polled.ts';
import { readMeasurement, readValues, sdi12Line, type Sdi12Value } from './sdi12-answer.ts';
import { SerialExchange } from './serial-exchange.ts';
import { type SerialSettings, sttyArguments } from './serial-port.ts';
import type { Source } from '../sample/source.ts';

export interface Sdi12Options extends SerialSettings, Omit<PolledOptions<Sdi12Value>, 'streams' | 'open'> {
	readonly streams: Readonly<Record<string, { readonly value: Sdi12Value; readonly unit?: string }>>;
}

/**
 * Has SDI-12 sensors measure every so long, through an adapter that makes the line's break and timing (SDI-12 1.4, section 4.4). Values
 * of one measurement belong together: it is made once a round.
 */
export const sdi12 = (options: Sdi12Options): Source => {
	sttyArguments(options);
	return polled({
		...options,
		streams: Object.fromEntries(
			Object.entries(options.streams).map(([stream, { value, ...rest }]) => [stream, { what: value, ...rest }]),
		),
		open: async (signal) => new Sdi12Connection(await SerialExchange.open(options, signal), options.timeout),
	});
};

class Sdi12Connection implements Connection<Sdi12Value> {
	readonly #line: SerialExchange;
	readonly #timeout: Milliseconds;
	#measured = new Map<string, Promise<number[]>>();

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
		this.#measured = new Map();
	}

	async read({ address, command, index }: Sdi12Value): Promise<number> {
		const name = `${address}:${command}`;
		try {
			const measuring = this.#measured.get(name) ?? this.#measure(address, command);
			this.#measured.set(name, measuring);
			const values = await measuring;
			const value = values[index - 1];
			if (value === undefined)
				throw new Problem('source-malformed', `there is no value ${index}: the sensor gives ${values.length}`);
			return value;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			throw new Problem(error.code, `sensor ${name}: ${error.detail}`, { cause: error });
		}
	}

	async #measure(address: string, command: string): Promise<number[]> {
		const hasCrc = command[1] === 'C';
		const ask = (words: string): Promise<string> => {
			const sent = `${address}${words}!`;
			return this.#line.ask(Buffer.from(sent, 'latin1'), (came) => sdi12Line(address, sent, came), this.#timeout);
		};
		if (command.startsWith('R')) return readValues(await ask(command), hasCrc);
		const { seconds, count } = readMeasurement(await ask(command));
		if (count === 0) throw new Problem('source-no-value', 'the sensor has nothing to give for this measurement');
		// It says when it is ready, by its address alone (section 4.4.6), or has had its time.
		const ready = `\r\n${address}\r\n`;
		if (seconds > 0) await this.#line.hear((came) => (came.includes(ready) ? true : null), seconds * 1000);
		const values: number[] = [];
		for (let page = 0; values.length < count && page < 10; page++) {
			const more = readValues(await ask(`D${page}`), hasCrc);
			if (more.length === 0) break;
			values.push(...more);
		}
		// Section 4.4.8: a sensor that was interrupted gives fewer, and none of them can be told by its place.
		if (values.length !== count)
			throw new Problem('source-unavailable', `${values.length} values came, the sensor had announced ${count}`);
		return values;
	}
}
