import { alikeRows } from './alike-rows.ts';
import { writeDeviceNumber } from './device-form.ts';
import { plainId, type PskCheck, type PskFinding, type PskFleet } from './psk-fleet.ts';
import { derivedFinding } from './psk-derived.ts';

/** Where the id lies in a secret that it is combined with: which octet of the id meets the first, and whether the id begins again at its end. */
const alignments = [
	['at the start', () => 0, false],
	['at the end', (length: number, id: number) => id - length, false],
	['repeated', () => 0, true],
] as const;

/** Of the first `length` octets of `name`, a name in UTF-8, makes an id of so many octets in their place. */
const combinedForms = [
	{ name: 'the device id', take: writeDeviceNumber, isNumber: true },
	{
		name: 'the device id backwards',
		take: (name: Buffer, length: number): number => {
			const count = writeDeviceNumber(name, length);
			name.subarray(0, count).reverse();
			return count;
		},
		isNumber: true,
	},
	{ name: 'the device id as text', take: (_name: Buffer, length: number): number => length, isNumber: false },
] as const;

const LONGEST = 64;
/** Of a fleet's names, in UTF-8. */
const LONGEST_NAME = 65_536;

/**
 * PSKs that are the device's id combined (XOR) with a constant that several devices have in common: two secrets and two ids
 * give it away.
 *
 * False alarms: at most 2^-36 for a whole fleet of random secrets, however large: below the length that takes, secrets are not
 * looked at. Where ids and secrets both count, `psk-sequential` says the same in other words.
 */
export const checkCombined: PskCheck = ({ fleet, open, progress }) => {
	const findings: PskFinding[] = [];
	const found = new Set<number>();
	// So many octets must agree that no two of these devices do by chance.
	const least = Math.ceil((2 * Math.log2(fleet.size + 1) + 40) / 8);
	const id = Buffer.alloc(LONGEST_NAME);
	/** Rows whose device is named at all, and by a number. */
	const isNamed = new Uint8Array(fleet.size);
	const isNumbered = new Uint8Array(fleet.size);
	for (let row = 0; row < fleet.size; row++) {
		const length = fleet.secretLength(row);
		if (length < least || length > LONGEST || !open(row)) continue;
		const size = fleet.copyDevice(row, id);
		if (size > 0) isNamed[row] = 1;
		if (writeDeviceNumber(id, size) > 0) isNumbered[row] = 1;
	}
	for (const [index, { name, take, isNumber }] of combinedForms.entries()) {
		const rows = isNumber ? isNumbered : isNamed;
		for (const [where, first, isRepeated] of alignments) {
			const groups = alikeRows(fleet.size, LONGEST + 1, (row, key) => {
				if (rows[row] !== 1 || found.has(row)) return -1;
				const length = fleet.copySecret(row, key);
				const size = take(id, fleet.copyDevice(row, id));
				// Beyond the id the secret stands as it is: it must be the same constant there too.
				combine(key, length, id, size, first(length, size), isRepeated);
				key[length] = size & 0xff;
				return length + 1;
			}).filter((rows) => distinctDevices(fleet, rows) > 1 && !isOne(fleet, rows));
			for (const row of groups.flat()) found.add(row);
			const rule = `${name}, ${where}, combined with a constant that these have in common`;
			for (const rows of groups) findings.push(derivedFinding(rule, rows));
		}
		progress(index + 1, combinedForms.length);
	}
	return findings;
};

/** XORs octets of an id into those of a secret, beginning with the one at `at`. */
const combine = (
	secret: Uint8Array,
	length: number,
	id: Uint8Array,
	size: number,
	first: number,
	again: boolean,
): void => {
	for (let octet = 0, at = first; octet < length; octet++, at++) {
		if (again && at === size) at = 0;
		if (at >= 0 && at < size) secret[octet] = (secret[octet] ?? 0) ^ (id[at] ?? 0);
	}
};

const distinctDevices = (fleet: PskFleet, rows: readonly number[]): number =>
	new Set(rows.map((row) => plainId(fleet.device(row) ?? ''))).size;

/** One secret under ids that begin alike is one secret, and is not combined with them. */
const isOne = (fleet: PskFleet, rows: readonly number[]): boolean => {
	const first = Buffer.from(fleet.secret(rows[0] ?? 0)).toString('latin1');
	return rows.every((row) => Buffer.from(fleet.secret(row)).toString('latin1') === first);
};
