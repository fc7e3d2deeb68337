import { Problem } from '@keyward/core';
import { rtuAnswer, rtuRequest } from './modbus-rtu-frame.ts';
import { type ModbusRegister, readRegister } from './modbus-register.ts';
import { asked, type ModbusStreams } from './modbus-tcp.ts';
import { type Connection, polled, type PolledOptions } from './polled.ts';
import { SerialExchange } from './serial-exchange.ts';
import { type SerialSettings, sttyArguments } from './serial-port.ts';
import type { Source } from '../sample/source.ts';

export interface ModbusRtuOptions extends SerialSettings, Omit<PolledOptions<ModbusRegister>, 'streams' | 'open'> {
	readonly streams: ModbusStreams;
	/** 1 to 247. */
	readonly unitId: number;
}

/** Asks an instrument's registers every so long over a serial line (Modbus over Serial Line 1.02), as `polled` says. */
export const modbusRtu = (options: ModbusRtuOptions): Source => {
	sttyArguments(options);
	const { streams, unitId, timeout } = options;
	if (!(Number.isInteger(unitId) && unitId >= 1 && unitId <= 247))
		throw new Problem('source-malformed', `${unitId} is no unit id on a serial line: 1 to 247`);
	return polled({
		...options,
		streams: asked(streams),
		async open(signal): Promise<Connection<ModbusRegister>> {
			const line = await SerialExchange.open(options, signal);
			return {
				get isOpen() {
					return line.isOpen;
				},
				close: () => line.close(),
				async read(register) {
					const request = rtuRequest(unitId, register);
					try {
						const answer = await line.ask(request, (came) => rtuAnswer(request, came), timeout);
						if (answer instanceof Problem) throw answer;
						return readRegister(register, answer);
					} catch (error) {
						if (!(error instanceof Problem)) throw error;
						throw new Problem(error.code, `${register.table} register ${register.address}: ${error.detail}`, {
							cause: error,
						});
					}
				},
			};
		},
	});
};
