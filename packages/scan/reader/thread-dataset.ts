import type { Content } from '../content/content.ts';

/** Types of the values (Thread 1.3 §8.10.1). */
const [EXTENDED_PAN_ID, NETWORK_NAME, PSKC, NETWORK_KEY, ACTIVE_TIMESTAMP] = [2, 3, 4, 5, 14];
const HEX = /(?<![0-9A-Za-z])(?:0x)?([0-9a-fA-F]{60,508})(?![0-9A-Za-z])/g;

/** Values by type; null when the bytes are not exactly a list of them. */
const valuesIn = (bytes: Buffer): Map<number, Buffer> | null => {
	const values = new Map<number, Buffer>();
	let at = 0;
	while (at + 2 <= bytes.length) {
		const length = bytes[at + 1] ?? 0;
		values.set(bytes[at] ?? 0, bytes.subarray(at + 2, at + 2 + length));
		at += 2 + length;
	}
	return at === bytes.length ? values : null;
};

/** Operational datasets of OpenThread in hex, as `dataset active -x` prints them: the network's key, and the one that lets devices in. */
export const threadDatasets = (line: string, number: number, content: Content): boolean => {
	let found = false;
	for (const [, hex = ''] of line.matchAll(HEX)) {
		const values = hex.length % 2 === 0 ? valuesIn(Buffer.from(hex, 'hex')) : null;
		if (values === null || values.get(ACTIVE_TIMESTAMP)?.length !== 8 || values.get(NETWORK_KEY)?.length !== 16)
			continue;
		const name = values.get(NETWORK_NAME)?.toString('utf8') ?? null;
		const id = values.get(EXTENDED_PAN_ID);
		const network = id?.length === 8 ? { ssid: id.toString('hex'), isAccessPoint: true, isThread: true } : undefined;
		for (const [type, role] of [
			[NETWORK_KEY, 'networkKey'],
			[PSKC, 'pskc'],
		] as const) {
			const secret = values.get(type);
			if (secret?.length === 16) content.psk(`line ${number}, ${role}`, new Uint8Array(secret), null, role, network);
		}
		found ||= name !== null || values.size > 2;
	}
	return found;
};
