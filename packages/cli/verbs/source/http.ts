import { http as makeHttp, parsePick, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { SourceKind } from './kind.ts';
import { saidDecimal } from './lines.ts';
import { mappedStreams, misuse } from './options.ts';
import { caOf, secretsOf, urlOf } from './remote.ts';
import { timeFrom } from './time-from.ts';

const HEADER = /^[A-Za-z0-9-]+$/;

export const http: SourceKind = {
	name: 'http',
	takes: () => ['url', 'map', 'unit', 'decimal', 'every', 'timeout', 'timeFrom', 'zone', 'secretFile', 'ca'],
	async make(options) {
		const headers = await secretsOf(options);
		const strange = headers.find(([name, value]) => !HEADER.test(name) || /[^\t\x20-\x7e]/.test(value));
		if (strange !== undefined) throw misuse(`${JSON.stringify(strange[0])} of --secret-file is no header of HTTP`);
		return makeHttp({
			url: urlOf(options, 'http://192.0.2.9/data.json'),
			headers: Object.fromEntries(headers),
			...(await caOf(options)),
			...timeFrom(options),
			streams: mappedStreams(options, 'HOW', (text) => ({ pick: parsePick(text, saidDecimal(options)) })),
			timeout: parseSpan(options.timeout ?? '10s'),
			every: parseSpan(options.every ?? '1min'),
			clock: stationClock,
		});
	},
};
