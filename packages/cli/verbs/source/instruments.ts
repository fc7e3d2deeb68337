import { type Instrument, isName, MOST_STREAMS, wires } from '@keyward/core/device';
import type { SourceOptions } from './options.ts';

/** What a source reads that is outside this machine; nothing for what is a file, a pipe or a sensor of the machine itself. */
export const instrumentsOf = ({ source, url, map = [] }: SourceOptions): readonly Instrument[] => {
	const wire = wires.find((one) => one === source);
	if (wire === undefined) return [];
	const streams = map.map((text) => text.slice(0, text.indexOf('='))).filter(isName);
	return [
		{ wire, protected: /^(?:https|mqtts):/i.test(url ?? ''), streams: streams.toSorted().slice(0, MOST_STREAMS) },
	];
};
