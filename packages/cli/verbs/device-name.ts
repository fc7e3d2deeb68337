import { Problem } from '@keyward/core';
import { deviceNameOf, nameLike } from '@keyward/core/device';
import { tell } from '../terminal/output.ts';

/**
 * A device's name as somebody types it, or copies it from a label: an EUI in capitals or with colons becomes the name that it
 * has here, with a word on standard error. Throws `Problem('request-malformed')` for what can name no device.
 */
export const deviceName = (text: string): string => {
	const name = deviceNameOf(text);
	if (name === null) {
		const like = nameLike(text);
		throw new Problem(
			'request-malformed',
			`${JSON.stringify(text)} cannot name a device: use 1 to 64 of a-z, 0-9, - and dots${like === null ? '' : `, such as ${like}`}.`,
		);
	}
	if (name !== text) tell(`${text} is called ${name} here.\n`);
	return name;
};
