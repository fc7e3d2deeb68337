import { modbusTcp as makeModbusTcp, parseNumber, parseRegister, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { SourceKind } from './kind.ts';
import { mappedStreams, misuse } from './options.ts';

export const modbusTcp: SourceKind = {
	name: 'modbus-tcp',
	takes: () => ['host', 'port', 'unitId', 'timeout', 'map', 'unit', 'every'],
	make(options) {
		if (options.host === undefined) throw misuse('--source modbus-tcp needs --host');
		return makeModbusTcp({
			host: options.host,
			port: parseNumber(options.port ?? '502'),
			unitId: parseNumber(options.unitId ?? '1'),
			timeout: parseSpan(options.timeout ?? '2s'),
			streams: mappedStreams(options, 'TABLE:ADDRESS:TYPE', (text) => ({ register: parseRegister(text) })),
			every: parseSpan(options.every ?? '1s'),
			clock: stationClock,
		});
	},
};
