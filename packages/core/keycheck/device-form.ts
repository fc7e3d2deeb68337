import { plainId } from './psk-fleet.ts';

/** A device id as bytes, one way of several. */
export interface DeviceForm {
	readonly name: string;
	/** A text stands for its UTF-8. */
	readonly id: Buffer | string;
}

/** Longer ids are cut: they are no device's. */
const LONGEST_ID = 256;

/** The id as a number, most significant octet first; null when it is no hex. */
const deviceNumber = (device: string): Buffer | null => numberOf(plainId(device.slice(0, LONGEST_ID)));

const numberOf = (plain: string): Buffer | null =>
	/^(?:[0-9a-f]{2})+$/.test(plain) ? Buffer.from(plain, 'hex') : null;

/** What each octet of a name in UTF-8 is to {@link deviceNumber}: the value of a digit, or one of these. */
const [SEPARATOR, OTHER, NEVER] = [16, 17, 18];
const octets = new Uint8Array(256).fill(OTHER);
for (let octet = 0; octet < 128; octet++) {
	const character = String.fromCharCode(octet);
	if (/[0-9a-f]/i.test(character)) octets[octet] = Number.parseInt(character, 16);
	else if (/[\t :_-]/.test(character)) octets[octet] = SEPARATOR;
	// What stands before a number or within an address, or is left out.
	else if (!/[\s.x\\]/i.test(character)) octets[octet] = NEVER;
}

/**
 * {@link deviceNumber} of a name in UTF-8, the first `length` octets of `name`, written over them; gives how many octets it has, 0 for no
 * number. Most names show at one of their first letters that they are no numbers.
 */
export const writeDeviceNumber = (name: Buffer, length: number): number => {
	let digits = 0;
	let isPlain = length <= LONGEST_ID;
	for (let at = 0; at < length && isPlain; at++) {
		const value = octets[name[at] ?? 0] ?? OTHER;
		if (value === NEVER) return 0;
		if (value === OTHER) isPlain = false;
		else if (value < SEPARATOR) digits++;
	}
	if (!isPlain) {
		const number = deviceNumber(name.toString('utf8', 0, length));
		if (number !== null) name.set(number);
		return number?.length ?? 0;
	}
	if (digits % 2 === 1) return 0;
	let count = 0;
	let high = -1;
	for (let at = 0; at < length; at++) {
		const value = octets[name[at] ?? 0] ?? OTHER;
		if (value >= SEPARATOR) continue;
		if (high >= 0) name[count++] = high * 16 + value;
		high = high >= 0 ? -1 : value;
	}
	return count;
};

/** The ways in which a vendor's tool may have taken the id: as number, either way round, and as text. Each only once. */
export const deviceForms = (device: string): DeviceForm[] => {
	const given = device.slice(0, LONGEST_ID);
	const plain = plainId(given);
	const number = numberOf(plain);
	const forms: DeviceForm[] = [];
	if (number !== null) {
		forms.push({ name: 'the device id', id: number });
		const backwards = Buffer.from(number.toReversed());
		if (!backwards.equals(number)) forms.push({ name: 'the device id backwards', id: backwards });
	}
	const texts = [given];
	for (const text of [plain, plain.toUpperCase(), given.toLowerCase(), given.toUpperCase()])
		if (!texts.includes(text)) texts.push(text);
	for (const id of texts) if (id !== '') forms.push({ name: 'the device id as text', id });
	return forms;
};
