import { parseNumber, sampleLines, sentenceLines, serial as makeSerial, wallClock } from '@keyward/agent';
import type { SourceKind } from './kind.ts';
import { sampleLineOptions, sentenceLineOptions } from './lines.ts';
import { misuse } from './options.ts';

export const serial: SourceKind = {
	name: 'serial',
	takes: ({ lines }) => [
		...(['device', 'baud', 'framing', 'lines', 'lineEnding'] as const),
		...(lines === 'safecast' ? (['map', 'sensitivity'] as const) : (['stream', 'unit'] as const)),
	],
	without: ({ lines }) => ` with --lines ${lines ?? 'values'}`,
	make(options) {
		const { device, baud, framing = '8N1', lines = 'values', lineEnding = 'lf' } = options;
		if (device === undefined) throw misuse('--source serial needs --device, such as /dev/serial/by-id/…');
		if (baud === undefined)
			throw misuse('--source serial needs --baud: the rate that the instrument sends at, such as 9600');
		if (lines !== 'values' && lines !== 'safecast') throw misuse('--lines is values or safecast');
		if (lineEnding !== 'lf' && lineEnding !== 'cr') throw misuse('--line-ending is lf (also CRLF) or cr');
		return makeSerial({
			lineEnding,
			path: device,
			baud: parseNumber(baud),
			framing: framing.toUpperCase(),
			lines:
				lines === 'safecast'
					? sentenceLines({ ...sentenceLineOptions(options), clock: wallClock })
					: sampleLines(sampleLineOptions(options, wallClock)),
		});
	},
};
