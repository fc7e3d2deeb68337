import { Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/spelling';

/** One quantity that a chip measures, as the kernel shows it. */
export interface Channel {
	/** What the driver calls the chip: `lm75`. */
	readonly chip: string;
	/** Where the chip sits, or its label: what tells two chips of one kind apart. Unlike `hwmon0` it outlives a boot. */
	readonly place: string;
	/** What the kernel calls the channel: `temp1`. */
	readonly attribute: string;
	/** What the driver or the board calls it: `Core 0`. */
	readonly label: string | null;
	/** SenML unit symbol of what `read` gives; null when the kernel names none, or SenML has none for it. */
	readonly unit: string | null;
	/** The value now. Throws `Problem('source-unavailable')` or `Problem('source-malformed')`. */
	read(): Promise<number>;
}

/**
 * The channel's name: `chip/channel`, by its label where it has one, or `chip@place/channel` where there are two of the
 * chip. All in small letters, with `-` for what a shell would trip over.
 */
export const channelName = (channel: Channel, all: readonly Channel[]): string => {
	const twins = all.filter((other) => plain(other.chip) === plain(channel.chip));
	const alone = new Set(twins.map(({ place }) => place)).size === 1;
	const same = twins.filter(
		(other) => other.place === channel.place && plain(other.label ?? '') === plain(channel.label ?? ''),
	);
	const chip = plain(channel.chip) + (alone ? '' : `@${plain(channel.place)}`);
	return `${chip}/${plain(channel.label !== null && same.length === 1 ? channel.label : channel.attribute)}`;
};

/**
 * The channel of that name: `chip/channel` or `chip@place/channel`, where the channel is its attribute or its label,
 * and may be left out when the chip has one alone. Throws `Problem('source-malformed')` with what there is when none
 * or more than one has it: which sensor a stream means is never guessed.
 */
export const findChannel = (name: string, all: readonly Channel[]): Channel => {
	const [, chip = '', place, attribute] = /^([^@/]*)(?:@([^/]*))?(?:\/(.*))?$/.exec(name) ?? [];
	const found = all.filter(
		(channel) =>
			plain(channel.chip) === plain(chip) &&
			(place === undefined || plain(channel.place) === plain(place)) &&
			(attribute === undefined ||
				[channel.attribute, channel.label ?? ''].some((one) => plain(one) === plain(attribute))),
	);
	const [only] = found;
	if (only !== undefined && found.length === 1) return only;
	const names = (channels: readonly Channel[]): string[] => channels.map((channel) => channelName(channel, all));
	if (found.length > 1) {
		throw new Problem(
			'source-malformed',
			`more than one channel is called ${JSON.stringify(name)}: ${names(found).join(', ')}`,
		);
	}
	const there = names(all);
	const list = there.length === 0 ? 'no channel was found at all' : `there are ${there.join(', ')}`;
	throw new Problem(
		'source-malformed',
		`there is no channel ${JSON.stringify(name)}${didYouMean(name, there)} (${list})`,
	);
};

const plain = (text: string): string =>
	text
		.toLowerCase()
		.replaceAll(/[^a-z0-9.:_+]+/g, '-')
		.replaceAll(/^-|-$/g, '');
