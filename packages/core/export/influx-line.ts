import { doubtsIn, type StreamReading } from './stream-reading.ts';
import { inLine } from './visible-text.ts';

/**
 * A reading as one line of InfluxDB's line protocol, its time in nanoseconds: the stream is the measurement; application, device and
 * unit are tags; a number is the field `value`, a text `text`, true or false `state`, so that no field is of two types.
 *
 * The same reading gives the same series and time whenever it is written, so that a point written twice is one point.
 */
export const influxLine = (reading: StreamReading): string => {
	const { application, device, stream, time, value, unit } = reading;
	const doubts = doubtsIn(reading).join(' ');
	const tags = [
		`application=${key(application)}`,
		`device=${key(device)}`,
		...(unit === '' ? [] : [`unit=${key(unit)}`]),
	];
	const fields = [field(value), ...(doubts === '' ? [] : [`doubt=${quoted(doubts)}`])];
	return `${[key(stream), ...tags].join(',')} ${fields.join(',')} ${time === 0 ? '0' : `${time}000000`}\n`;
};

const field = (value: number | string | boolean): string => {
	if (typeof value === 'number') return `value=${value}`;
	return typeof value === 'string' ? `text=${quoted(value)}` : `state=${value}`;
};

/** A measurement, tag or tag's value. */
const key = (text: string): string => inLine(text).replaceAll(/[\\,= ]/g, String.raw`\$&`);

/** A line end in a text would end the line for programs that cut before they read. */
const quoted = (text: string): string => `"${inLine(text).replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
