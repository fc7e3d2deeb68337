/** A member of a JSON document, step by step; null for the whole payload as text. */
export type MemberPath = readonly (string | number)[] | null;

/** What a device publishes as its manufacturer made it: a topic, and where in its payload a stream's value stands. */
export interface TopicMap {
	/** `{device}` stands for the device's name. */
	readonly topic: string;
	/** Where the payload tells its time; null where it does not, and the moment of arrival stands in, marked as doubtful. */
	readonly time: MemberPath;
	readonly values: ReadonlyMap<string, MemberPath>;
}

const STEP = /\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\['([^']*)'\]/y;
const MOST_STEPS = 16;

/** Reads `value`, or a path such as `$.ENERGY.Power`, `$['any name']` and `$[0]`; undefined when it is neither. */
export const parseMemberPath = (written: string): MemberPath | undefined => {
	if (written === 'value') return null;
	if (!written.startsWith('$')) return undefined;
	const steps: (string | number)[] = [];
	STEP.lastIndex = 1;
	for (let at = 1; at < written.length; at = STEP.lastIndex) {
		const match = STEP.exec(written);
		if (match === null || steps.length === MOST_STEPS) return undefined;
		steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? '') : Number(match[2]));
	}
	return steps.length === 0 ? undefined : steps;
};

/** What stands for the device's name in a topic. */
export const DEVICE = '{device}';

/** The map's topic as this device has it. */
export const topicFor = ({ topic }: TopicMap, device: string): string => topic.replaceAll(DEVICE, device);

/**
 * Why this is no topic of a map; null when it is one. No wildcards: values of several sensors would become one stream. None of the
 * service's own (`$`), and none that looks like this application's, where nothing but a device's own streams is taken.
 */
export const wrongTopic = (topic: string, application: string | null): string | null => {
	if (topic === '' || topic.length > 256 || topic.includes('\0')) return 'it has 1 to 256 characters';
	if (/[+#]/.test(topic)) return 'it has no wildcards: name each topic, so that no two sensors become one';
	if (topic.startsWith('$')) return 'topics with $ are the service’s own';
	if (/[{}]/.test(topic.replaceAll(DEVICE, ''))) return `only ${DEVICE} stands in braces`;
	if (application !== null && topic.startsWith(`${application}/`))
		return `under ${application}/ a device publishes its streams in SenML, without a map`;
	return null;
};
