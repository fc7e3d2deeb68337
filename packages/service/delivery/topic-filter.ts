import { type StreamName, streamOfTopic } from '@keyward/core/device/stream-name';

/** Bounds of a filter; topics here have three levels, of names up to 64 letters. */
export const filterBounds = { levels: 8, bytes: 256 } as const;

/** CR 7.1: a filter is held against every stream at each change; a long one of many levels costs that much each time. */
export const isWithinBounds = (filter: string): boolean => {
	if (filter.length > filterBounds.bytes || Buffer.byteLength(filter) > filterBounds.bytes) return false;
	let levels = 1;
	for (let at = filter.indexOf('/'); at !== -1; at = filter.indexOf('/', at + 1)) levels++;
	return levels <= filterBounds.levels;
};

/** Whether a filter matches the topic `{application}/{device}/{stream}` of a stream; device `*` stands for any device. */
export const matches = (filter: string, { application, device, stream }: StreamName): boolean =>
	matchesLevels(filter, [application, device, stream]);

/** Whether a filter matches a topic. */
export const matchesTopic = (filter: string, topic: string): boolean => matchesLevels(filter, topic.split('/'));

/** The stream that a filter names when it has no wildcard; null for any other filter. */
export const namedBy = (filter: string): StreamName | null => (/[#+]/.test(filter) ? null : streamOfTopic(filter));

const matchesLevels = (filter: string, topic: readonly string[]): boolean => {
	const levels = filter.split('/');
	for (const [index, level] of levels.entries()) {
		if (level === '#') return true;
		if (index >= topic.length) return false;
		if (level !== '+' && level !== topic[index] && topic[index] !== '*') return false;
	}
	return levels.length === topic.length;
};
