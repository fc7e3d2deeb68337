import type { Readable } from 'node:stream';
import { readLines } from './lines.ts';
import { sampleLines, type SampleLineOptions } from './sample-line.ts';
import type { Source } from '../sample/source.ts';

export interface StandardInputOptions extends SampleLineOptions {
	readonly input: Readable;
	/** See `Source.live`. */
	readonly live: boolean;
	/** True for what a program writes: it can end within a line, whose rest would look like a whole one. */
	readonly piped?: boolean;
}

/** Samples as `sampleLines` reads them, until the input ends. */
export const standardInput = (options: StandardInputOptions): Source => ({
	live: options.live,
	async *read(signal) {
		const read = sampleLines(options);
		for await (const line of readLines(options.input, signal, options.piped === true ? 'cut-at-end' : 'whole'))
			yield* read(line);
	},
});
