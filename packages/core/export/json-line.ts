import type { StreamReading } from './stream-reading.ts';

/** A reading as one line of JSON (https://jsonlines.org), its names first; `time` in milliseconds, as in the API. */
export const jsonLine = ({ application, device, stream, ...reading }: StreamReading): string =>
	`${JSON.stringify({ application, device, stream, ...reading })}\n`;
