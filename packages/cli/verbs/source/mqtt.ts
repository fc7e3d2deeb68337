import { mqttSource, parseMqttTopic, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/policy';
import type { SourceKind } from './kind.ts';
import { mappedStreams, misuse, type SourceOptions } from './options.ts';
import { caOf, secretsOf, timeFrom, urlOf } from './remote.ts';

export const mqtt: SourceKind = {
	name: 'mqtt',
	takes: () => ['url', 'map', 'unit', 'timeout', 'timeFrom', 'secretFile', 'ca'],
	make: async (options) =>
		mqttSource({
			url: urlOf(options, 'mqtt://127.0.0.1:1883'),
			...(await loginOf(options)),
			...(await caOf(options)),
			...timeFrom(options),
			streams: mappedStreams(options, 'TOPIC:HOW', parseMqttTopic),
			timeout: parseSpan(options.timeout ?? '10s'),
			clock: stationClock,
		}),
};

const loginOf = async (
	options: SourceOptions,
): Promise<{ readonly login?: { readonly user: string; readonly password: string } }> => {
	const secrets = new Map(await secretsOf(options));
	if (secrets.size === 0) return {};
	const [user, password] = [secrets.get('user'), secrets.get('password')];
	if (user === undefined || password === undefined || secrets.size > 2)
		throw misuse(
			`${options.secretFile ?? '--secret-file'} has the two lines "user: NAME" and "password: WORD" for a broker`,
		);
	return { login: { user, password } };
};
