/** Names of applications, devices, streams and readers, as a pattern: what fits one MQTT topic level. */
export const namePattern = '^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$';

const NAME = new RegExp(namePattern);

/** True for 1 to 64 of `a-z 0-9 . -` that start and end with a letter or digit. Names with `_` are Keyward's own. */
export const isName = (text: string): boolean => NAME.test(text);

/** An EUI-48 (MAC address) or EUI-64 as labels and tools write it: pairs parted by `:` or `-`, fours by `.` or `:`, or digits alone. */
const EUI = [
	/^[0-9a-f]{12}(?:[0-9a-f]{4})?$/,
	/^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})$/,
	/^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){7}|(?:-[0-9a-f]{2}){7})$/,
	/^[0-9a-f]{4}(?:(?:\.[0-9a-f]{4}){2,3}|(?::[0-9a-f]{4}){3})$/,
];

/**
 * The name that a person means who writes a device's EUI as it is printed on the device: in small letters, with `-` for `:`. What is
 * a name already stays as it is; null for what is neither.
 */
export const deviceNameOf = (text: string): string | null => {
	const written = text.trim();
	if (isName(written)) return written;
	const small = written.toLowerCase();
	return EUI.some((form) => form.test(small)) ? small.replaceAll(':', '-') : null;
};

/** For a person who is to be told what would do: the name that is most like the text; null when nothing is left of it. */
export const nameLike = (text: string): string | null => {
	const parts = text
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.split(/[^a-z0-9.]/)
		.filter((part) => part !== '');
	const name = parts.join('-');
	return isName(name) ? name : null;
};
