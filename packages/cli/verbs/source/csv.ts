import { csv as makeCsv, stationClock } from '@keyward/agent';
import type { SourceKind } from './kind.ts';
import { mappedStreams, misuse, splitPair } from './options.ts';
import { replayOf, replayOptions } from './replay.ts';

export const csv: SourceKind = {
	name: 'csv',
	takes: () => ['file', 'map', 'unit', 'where', 'timeColumn', 'decimal', ...replayOptions],
	make(options) {
		if (options.file === undefined) throw misuse('--source csv needs --file');
		const { decimal = 'dot' } = options;
		if (decimal !== 'dot' && decimal !== 'comma') throw misuse('--decimal is dot or comma');
		return makeCsv({
			path: options.file,
			decimal: decimal === 'comma' ? ',' : '.',
			time: options.timeColumn ?? 'time',
			streams: mappedStreams(options, 'COLUMN', (column) => ({ column })),
			where: (options.where ?? []).map((condition) => {
				const [column, is] = splitPair('--where', condition);
				return { column, is };
			}),
			replay: replayOf(options),
			timekeeper: stationClock,
		});
	},
};
