import { parseSdi12Value, sdi12 as makeSdi12, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { SourceKind } from './kind.ts';
import { mappedStreams } from './options.ts';
import { portOf } from './serial.ts';

export const sdi12: SourceKind = {
	name: 'sdi-12',
	takes: () => ['device', 'baud', 'framing', 'timeout', 'map', 'unit', 'every'],
	make: (options) =>
		makeSdi12({
			// The adapter's: the line itself has 1200 7E1.
			...portOf(options, '8N1'),
			timeout: parseSpan(options.timeout ?? '3s'),
			streams: mappedStreams(options, 'ADDRESS:COMMAND:NUMBER', (text) => ({ value: parseSdi12Value(text) })),
			every: parseSpan(options.every ?? '1min'),
			clock: stationClock,
		}),
};
