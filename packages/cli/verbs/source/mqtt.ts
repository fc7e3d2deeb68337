import { mqttSource, parseMqttTopic, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { SourceKind } from './kind.ts';
import { saidDecimal } from './lines.ts';
import { mappedStreams } from './options.ts';
import { caOf, loginOf, urlOf } from './remote.ts';
import { timeFrom } from './time-from.ts';

export const mqtt: SourceKind = {
	name: 'mqtt',
	takes: () => ['url', 'map', 'unit', 'decimal', 'timeout', 'timeFrom', 'zone', 'secretFile', 'ca'],
	make: async (options) =>
		mqttSource({
			url: urlOf(options, 'mqtt://127.0.0.1:1883'),
			...(await loginOf(options)),
			...(await caOf(options)),
			...timeFrom(options),
			streams: mappedStreams(options, 'TOPIC:HOW', (text) => parseMqttTopic(text, saidDecimal(options))),
			timeout: parseSpan(options.timeout ?? '10s'),
			clock: stationClock,
		}),
};
