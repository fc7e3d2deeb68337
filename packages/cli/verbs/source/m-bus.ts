import { mBus as makeMBus, parseMBusValue, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { SourceKind } from './kind.ts';
import { mappedStreams } from './options.ts';
import { portOf } from './serial.ts';

export const mBus: SourceKind = {
	name: 'm-bus',
	takes: () => ['device', 'baud', 'framing', 'timeout', 'map', 'unit', 'every'],
	make: (options) =>
		makeMBus({
			// EN 13757-2, section 5.1.
			...portOf(options, '8E1', '2400'),
			timeout: parseSpan(options.timeout ?? '3s'),
			streams: mappedStreams(options, 'ADDRESS:QUANTITY', (text) => ({ value: parseMBusValue(text) })),
			every: parseSpan(options.every ?? '1min'),
			clock: stationClock,
		}),
};
