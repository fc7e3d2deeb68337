import { plainId } from './psk-fleet.ts';

/** A device id as bytes, one way of several. */
export interface DeviceForm {
	readonly name: string;
	readonly bytes: Uint8Array;
}

/** Longer ids are cut: they are no device's. */
const LONGEST_ID = 256;

/** The id as a number, most significant octet first; null when it is no hex. */
export const deviceNumber = (device: string): Buffer | null => {
	const plain = plainId(device.slice(0, LONGEST_ID));
	return /^(?:[0-9a-f]{2})+$/.test(plain) ? Buffer.from(plain, 'hex') : null;
};

/** The ways in which a vendor's tool may have taken the id: as number, either way round, and as text. Each only once. */
export const deviceForms = (device: string): DeviceForm[] => {
	const given = device.slice(0, LONGEST_ID);
	const number = deviceNumber(given);
	const forms: DeviceForm[] = [];
	const texts = new Set([given]);
	if (number !== null) {
		forms.push({ name: 'the device id', bytes: number });
		const backwards = number.toReversed();
		if (Buffer.compare(backwards, number) !== 0) forms.push({ name: 'the device id backwards', bytes: backwards });
	}
	const plain = plainId(given);
	for (const text of [plain, plain.toUpperCase(), given.toLowerCase(), given.toUpperCase()]) texts.add(text);
	for (const text of texts) if (text !== '') forms.push({ name: 'the device id as text', bytes: Buffer.from(text) });
	return forms;
};
