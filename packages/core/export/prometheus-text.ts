import type { StreamReading } from './stream-reading.ts';
import { inLine } from './visible-text.ts';

/**
 * The newest reading of each stream in Prometheus' text format 0.0.4: its value and its time. Without the format's own time stamps,
 * which the textfile collector refuses. A text has no number and is left out; true is 1.
 */
export const prometheusText = (newest: Iterable<StreamReading>): string => {
	const all = [...newest];
	const alarms = all.flatMap((one) => (one.alarms ?? []).map((code) => ({ one, code })));
	const shown = all.filter(({ value }) => typeof value !== 'string');
	return [
		'# HELP keyward_reading The newest reading of a stream, in its unit.\n# TYPE keyward_reading gauge\n',
		...shown.map((one) => `keyward_reading{${labels(one)},unit="${label(one.unit)}"} ${Number(one.value)}\n`),
		'# HELP keyward_reading_time_seconds When the newest reading of a stream was measured.\n',
		'# TYPE keyward_reading_time_seconds gauge\n',
		...shown.map((one) => `keyward_reading_time_seconds{${labels(one)}} ${one.time / 1000}\n`),
		...(alarms.length === 0
			? []
			: ['# HELP keyward_reader_alarm An alarm that stands at the reader.\n# TYPE keyward_reader_alarm gauge\n']),
		...alarms.map(({ one, code }) => `keyward_reader_alarm{${labels(one)},code="${label(code)}"} 1\n`),
	].join('');
};

const labels = ({ application, device, stream }: StreamReading): string =>
	`application="${label(application)}",device="${label(device)}",stream="${label(stream)}"`;

const label = (text: string): string =>
	inLine(text)
		.replaceAll('\\', '\\\\')
		.replaceAll('"', String.raw`\"`);
