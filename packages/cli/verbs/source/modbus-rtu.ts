import { modbusRtu as makeModbusRtu, parseNumber, parseRegister, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { SourceKind } from './kind.ts';
import { mappedStreams } from './options.ts';
import { portOf } from './serial.ts';

export const modbusRtu: SourceKind = {
	name: 'modbus-rtu',
	takes: () => ['device', 'baud', 'framing', 'unitId', 'timeout', 'map', 'unit', 'every'],
	make: (options) =>
		makeModbusRtu({
			// Modbus over Serial Line 1.02, section 2.5.1: even parity unless the instrument's manual says otherwise.
			...portOf(options, '8E1'),
			unitId: parseNumber(options.unitId ?? '1'),
			timeout: parseSpan(options.timeout ?? '1s'),
			streams: mappedStreams(options, 'TABLE:ADDRESS:TYPE', (text) => ({ register: parseRegister(text) })),
			every: parseSpan(options.every ?? '1s'),
			clock: stationClock,
		}),
};
