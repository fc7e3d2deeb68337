import { Problem } from '@keyward/core';
import type { ModbusAddress } from './modbus-connection.ts';
import type { ModbusRegister } from './modbus-register.ts';
import { polled, type PolledOptions } from './polled.ts';
import type { Source } from '../sample/source.ts';

export interface ModbusStream {
	readonly register: ModbusRegister;
	readonly unit?: string;
}

export type ModbusStreams = Readonly<Record<string, ModbusStream>>;

export interface ModbusTcpOptions extends ModbusAddress, Omit<PolledOptions<ModbusRegister>, 'streams' | 'open'> {
	readonly streams: ModbusStreams;
}

/** The streams as `polled` takes them. */
export const asked = (streams: ModbusStreams): PolledOptions<ModbusRegister>['streams'] =>
	Object.fromEntries(
		Object.entries(streams).map(([stream, { register, ...rest }]) => [stream, { what: register, ...rest }]),
	);

/** Asks an instrument's registers every so long over Modbus TCP, as `polled` says. */
export const modbusTcp = (options: ModbusTcpOptions): Source => {
	const { streams, port, unitId } = options;
	if (!(Number.isInteger(port) && port > 0 && port < 65_536))
		throw new Problem('source-malformed', `${port} is no port`);
	if (!(Number.isInteger(unitId) && unitId >= 0 && unitId <= 255)) {
		throw new Problem('source-malformed', `${unitId} is no unit id: 0 to 255`);
	}
	return polled({
		...options,
		streams: asked(streams),
		async open(signal) {
			// Loaded for those who use it: the library behind it takes as long to load as the rest of the agent.
			const { ModbusConnection } = await import('./modbus-connection.ts');
			return ModbusConnection.open(options, signal);
		},
	});
};
