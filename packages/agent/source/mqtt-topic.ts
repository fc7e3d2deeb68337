import { Problem } from '@keyward/core';
import type { DecimalSign } from './number.ts';
import { parsePick, type Pick } from './pick.ts';

/** Where a figure is published, and how it is found in what is published there. */
export interface MqttTopic {
	readonly topic: string;
	readonly pick: Pick;
}

const TOPIC_AND_RULE = /^(.+?):((?:text:)?(?:\$.*|\/.*\/|value|[1-9]\d{0,2}))$/s;

/**
 * Reads `attic/bme280:$.temperature`, or `attic/temperature` for a payload that is the figure. Throws `Problem('source-malformed')`,
 * for a wildcard too: figures of several sensors would become one stream.
 */
export const parseMqttTopic = (text: string, decimal: DecimalSign | null = null): MqttTopic => {
	const [, topic = text, rule = 'value'] = TOPIC_AND_RULE.exec(text) ?? [];
	if (topic === '' || topic.startsWith(':') || topic.includes('\0') || topic.length > 1024)
		throw new Problem('source-malformed', `${JSON.stringify(topic.slice(0, 40))} is no topic`);
	if (/[+#]/.test(topic))
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(topic)} has a wildcard: name one topic for each stream, so that no two sensors become one`,
		);
	return { topic, pick: parsePick(rule, decimal) };
};
