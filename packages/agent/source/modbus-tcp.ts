import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { isName } from '@keyward/core/device';
import type { Clock } from '@keyward/core/port';
import { backOff } from '../link/back-off.ts';
import type { ModbusAddress, ModbusConnection } from './modbus-connection.ts';
import type { ModbusRegister } from './modbus-register.ts';
import { checkSpan, type Measurement, poll } from './poll.ts';
import type { Source } from './source.ts';

export interface ModbusStream {
	readonly register: ModbusRegister;
	readonly unit?: string;
}

export interface ModbusTcpOptions extends ModbusAddress {
	readonly streams: Readonly<Record<string, ModbusStream>>;
	readonly every: Milliseconds;
	readonly clock: Clock;
	/** The longest wait before connecting again; 30 s when left out. */
	readonly longestWait?: Milliseconds;
}

/**
 * Asks an instrument's registers every so long over Modbus TCP. It never ends by itself: an exception, an answer that
 * does not come, a connection that is lost or not to be had are a `Problem` in place of the sample, and the connection
 * is made again, ever more slowly while it fails. Throws `Problem('source-malformed')` for options that mean nothing.
 */
export const modbusTcp = (options: ModbusTcpOptions): Source => {
	const { streams, every, clock, port, unitId, timeout } = options;
	checkSpan('an instrument can be asked every', every);
	checkSpan('an answer may take', timeout);
	for (const stream of Object.keys(streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
	if (!(Number.isInteger(port) && port > 0 && port < 65_536))
		throw new Problem('source-malformed', `${port} is no port`);
	if (!(Number.isInteger(unitId) && unitId >= 0 && unitId <= 255)) {
		throw new Problem('source-malformed', `${unitId} is no unit id: 0 to 255`);
	}
	return {
		live: true,
		async *read(signal) {
			// Loaded for those who use it: the library behind it takes as long to load as the rest of the agent.
			const { ModbusConnection: Connection } = await import('./modbus-connection.ts');
			let connection: ModbusConnection | null = null;
			let attempt = 0;
			let told: string | null = null;

			/** Makes the connection if it must; gives what there is to say while it cannot. */
			const connected = async function* (): AsyncGenerator<Problem, ModbusConnection | null> {
				while (!signal.aborted) {
					if (connection?.isOpen === true) return connection;
					try {
						if (attempt > 0) {
							const wait = backOff(attempt - 1, options.longestWait ?? seconds(30), Math.random());
							await sleep(wait, undefined, { signal });
						}
						connection = await Connection.open(options, signal);
						return connection;
					} catch (error) {
						if (signal.aborted) return null;
						if (!(error instanceof Problem)) throw error;
						attempt += 1;
						if (told !== error.detail) yield error;
						told = error.detail;
					}
				}
				return null;
			};
			const round = async function* (): AsyncIterable<Measurement | Problem> {
				for (const [stream, { register, unit }] of Object.entries(streams)) {
					const open = yield* connected();
					if (open === null) return;
					try {
						const value = await open.read(register);
						[attempt, told] = [0, null];
						yield { stream, value, ...(unit === undefined ? {} : { unit }) };
					} catch (error) {
						if (signal.aborted) return;
						if (!(error instanceof Problem)) throw error;
						if (!open.isOpen) attempt += 1;
						yield error;
					}
				}
			};
			const stop = (): void => connection?.close();
			signal.addEventListener('abort', stop);
			try {
				yield* poll({ every, clock }, round, signal);
			} finally {
				signal.removeEventListener('abort', stop);
				stop();
			}
		},
	};
};
