import { once } from 'node:events';
import { print } from '../../terminal/output.ts';
import type { FileForm } from './file-sink.ts';
import type { Sink } from './sink.ts';

/** Writes to standard output. Nothing is kept: it begins where it is told to. */
export const openOutputSink = ({ header, write }: FileForm): Sink => {
	let begun = false;
	return {
		promise: 'what follows is not remembered',
		put: async (readings) => {
			// `print` shows a control character of a text as what it is, and a line end is one line feed.
			const text = `${begun ? '' : header}${readings.map(write).join('')}`.replaceAll('\r\n', '\n');
			begun = true;
			if (!print(text)) await once(process.stdout, 'drain');
			return 0;
		},
		close: async () => undefined,
	};
};
