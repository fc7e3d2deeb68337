import { type StrictDocument, quote, type Value } from './document.ts';
import type { StreamTerms } from './policy.ts';
import { sharedBy } from './topic-overlap.ts';
import { type MemberPath, parseMemberPath, type TopicMap, wrongTopic } from './topic-map.ts';

/** What a class's maps are read against. */
export interface MapGround {
	readonly application: string | null;
	/** The streams of the class. */
	readonly streams: readonly string[];
	/** Those that the policy declares, as far as they are well written. */
	readonly declared: ReadonlyMap<string, StreamTerms>;
}

const MOST = 64;

const path = (document: StrictDocument, value: Value): { readonly at: MemberPath } | null =>
	document.scalar(value, "value, or a path such as $.ENERGY.Power, $['any name'] or $[0]", (scalar) => {
		const at = typeof scalar === 'string' ? parseMemberPath(scalar) : undefined;
		return at === undefined ? null : { at };
	});

/** The maps of one class, `publishes`; null, and findings, when they are not as they should be. */
export const readTopicMaps = (document: StrictDocument, value: Value, ground: MapGround): TopicMap[] | null => {
	const items = document.items(value);
	if (items === null) return null;
	if (items.length === 0 || items.length > MOST) {
		document.bad(value.offset, `${value.path} must name 1 to ${MOST} topics`);
		return null;
	}
	const maps: TopicMap[] = [];
	for (const item of items) {
		const map = readOne(document, item, ground);
		if (map === null) continue;
		const before = maps
			.map(({ topic }) => ({ topic, device: sharedBy(topic, map.topic) }))
			.find(({ device }) => device);
		if (before === undefined) maps.push(map);
		else if (before.topic === map.topic)
			document.bad(item.offset, `${value.path} names the topic ${quote(map.topic)} twice`);
		else
			document.bad(
				item.offset,
				`${value.path} has ${quote(map.topic)}, which is ${quote(before.topic)} as well for a device called ${before.device}: one message would have two maps. Join them in one, or give that device another class`,
			);
	}
	return maps.length === items.length ? maps : null;
};

const readOne = (document: StrictDocument, value: Value, ground: MapGround): TopicMap | null => {
	const members = document.members(value, ['topic', 'time', 'values'], ['topic', 'values']);
	const [topicAt, timeAt, valuesAt] = [members?.get('topic'), members?.get('time'), members?.get('values')];
	const topic =
		topicAt &&
		document.scalar(topicAt, 'a topic, such as tele/{device}/SENSOR', (scalar) =>
			typeof scalar === 'string' ? scalar : null,
		);
	const wrong = typeof topic === 'string' ? wrongTopic(topic, ground.application) : null;
	if (topicAt && wrong !== null) document.bad(topicAt.offset, `${topicAt.path} ${quote(topic ?? '')}: ${wrong}`);
	const time = timeAt === undefined ? { at: null } : path(document, timeAt);
	const values = new Map<string, MemberPath>();
	const named = valuesAt && document.members(valuesAt, null);
	if (named?.size === 0) document.bad(valuesAt?.offset ?? value.offset, 'values must name at least one stream');
	for (const [stream, member] of named ?? []) {
		if (!ground.streams.includes(stream)) {
			const hint = document.hint(stream, ground.streams);
			document.report(
				'policy-unknown-reference',
				member.keyOffset,
				`${quote(stream)} is no stream of this class${hint}`,
			);
			continue;
		}
		// record-kept (CR 2.11): the moment of arrival is not the moment of the measurement, and must not be read as it.
		if (timeAt === undefined && ground.declared.has(stream) && ground.declared.get(stream)?.doubtfulTime !== 'mark')
			document.bad(
				member.keyOffset,
				`${stream} would be dated by its arrival: say where the payload has its time (time: $.…), or doubtful-time: mark under ${stream}`,
			);
		const found = path(document, member);
		if (found !== null) values.set(stream, found.at);
	}
	if (!topic || wrong !== null || time === null || values.size === 0 || values.size !== named?.size) return null;
	return Object.freeze({ topic, time: time.at, values });
};
