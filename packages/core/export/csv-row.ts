import { doubtsIn, type StreamReading } from './stream-reading.ts';
import { inLine } from './visible-text.ts';

/** The row that names the columns (RFC 4180 section 2). */
export const csvHeader = 'time,application,device,stream,value,unit,doubt,cursor\r\n';

/** A reading as one row, which is one line: many programs cut at line ends before they look for quotes. */
export const csvRow = (reading: StreamReading): string => {
	const { application, device, stream, cursor, time, value, unit } = reading;
	return `${[
		new Date(time).toISOString(),
		application,
		device,
		stream,
		typeof value === 'string' ? inLine(inert(value)) : String(value),
		inLine(inert(unit)),
		doubtsIn(reading).join(' '),
		cursor,
	]
		.map(cell)
		.join(',')}\r\n`;
};

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** CWE-1236: a text that a device sends must not be a formula in the spreadsheet that opens the list. */
const inert = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
