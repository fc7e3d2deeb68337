import { csv as makeCsv, parseTimeFormat, stationClock, utc } from '@keyward/agent';
import type { SourceKind } from './kind.ts';
import { saidDecimal, zoneOf } from './lines.ts';
import { mappedStreams, misuse, splitPair } from './options.ts';
import { replayOf, replayOptions } from './replay.ts';

export const csv: SourceKind = {
	name: 'csv',
	takes: ({ follow }) => [
		...(['file', 'map', 'unit', 'where', 'timeColumn', 'timeFormat', 'zone', 'decimal', 'follow'] as const),
		...(follow === true ? [] : replayOptions),
	],
	without: ({ follow }) => (follow === true ? ' with --follow' : ''),
	make(options) {
		if (options.file === undefined) throw misuse('--source csv needs --file');
		const { follow = false } = options;
		const replay = replayOf(follow ? { ...options, speed: 'max' } : options);
		return makeCsv({
			path: options.file,
			// Of times that become now only the distances count.
			...(replay.times === 'now' && { zone: utc }),
			...zoneOf(options),
			decimal: saidDecimal(options) ?? '.',
			time: options.timeColumn ?? 'time',
			...(options.timeFormat !== undefined && { timeFormat: parseTimeFormat(options.timeFormat) }),
			streams: mappedStreams(options, 'COLUMN', (column) => ({ column })),
			where: (options.where ?? []).map((condition) => {
				const [column, is] = splitPair('--where', condition);
				return { column, is };
			}),
			replay,
			follow,
			timekeeper: stationClock,
		});
	},
};
