import type { StreamName } from '@keyward/core/port';

/** True for a well-formed filter (MQTT 5 §4.7.1): `#` last and alone in its level, `+` alone in its level, no NUL. */
export const isFilter = (filter: string): boolean => {
	if (filter.length === 0 || filter.includes('\0')) return false;
	const levels = filter.split('/');
	return levels.every((level, index) =>
		level === '#' ? index === levels.length - 1 : level === '+' || !/[#+]/.test(level),
	);
};

/** Whether a filter matches the topic `{application}/{device}/{stream}` of a stream; device `*` stands for any device. */
export const matches = (filter: string, { application, device, stream }: StreamName): boolean =>
	matchesLevels(filter, [application, device, stream]);

/** Whether a filter matches a topic. */
export const matchesTopic = (filter: string, topic: string): boolean => matchesLevels(filter, topic.split('/'));

const matchesLevels = (filter: string, topic: readonly string[]): boolean => {
	const levels = filter.split('/');
	for (const [index, level] of levels.entries()) {
		if (level === '#') return true;
		if (index >= topic.length) return false;
		if (level !== '+' && level !== topic[index] && topic[index] !== '*') return false;
	}
	return levels.length === topic.length;
};
