import { opcUa as makeOpcUa, parseNodeId, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { SourceKind } from './kind.ts';
import { mappedStreams } from './options.ts';
import { urlOf } from './remote.ts';

export const opcUa: SourceKind = {
	name: 'opc-ua',
	takes: () => ['url', 'map', 'unit', 'every', 'timeout'],
	make: (options) =>
		makeOpcUa({
			url: urlOf(options, 'opc.tcp://192.0.2.7:4840'),
			streams: mappedStreams(options, 'NODE', (text) => ({ what: parseNodeId(text) })),
			timeout: parseSpan(options.timeout ?? '5s'),
			every: parseSpan(options.every ?? '1s'),
			clock: stationClock,
		}),
};
