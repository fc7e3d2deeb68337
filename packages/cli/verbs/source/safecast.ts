import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { safecast as makeSafecast, stationClock } from '@keyward/agent';
import type { SourceKind } from './kind.ts';
import { sentenceLineOptions } from './lines.ts';
import { replayOf, replayOptions } from './replay.ts';
import { isSerialLine } from './stdin.ts';

export const safecast: SourceKind = {
	name: 'safecast',
	takes: ({ file }) => ['file', 'map', 'sensitivity', ...(file === undefined ? [] : replayOptions)],
	without: ({ file }) => (file === undefined ? ' without --file' : ''),
	make(options) {
		const { file } = options;
		return makeSafecast({
			...sentenceLineOptions(options),
			open: file === undefined ? (): Readable => process.stdin : (): Readable => createReadStream(file),
			replay: file === undefined ? null : replayOf(options),
			live: file === undefined && isSerialLine(),
			timekeeper: stationClock,
		});
	},
};
