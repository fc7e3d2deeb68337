import { alikeRows } from './alike-rows.ts';
import { deviceNumber } from './device-form.ts';
import { plainId, type PskCheck, type PskFinding, type PskFleet } from './psk-fleet.ts';
import { derivedFinding } from './psk-derived.ts';

/** Where the id lies in a secret that it is combined with. */
const alignments = [
	['at the start', (index: number) => index],
	['at the end', (index: number, length: number, id: number) => index - (length - id)],
	['repeated', (index: number, _length: number, id: number) => index % id],
] as const;

const combinedForms = [
	['the device id', deviceNumber],
	['the device id backwards', (device: string) => deviceNumber(device)?.toReversed() ?? null],
	['the device id as text', (device: string) => Buffer.from(device)],
] as const;

const LONGEST = 64;

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
	for (const [index, [name, take]] of combinedForms.entries()) {
		for (const [where, position] of alignments) {
			const groups = alikeRows(fleet.size, LONGEST + 1, (row, key) => {
				const secret = fleet.secret(row);
				const device = fleet.device(row);
				if (device === null || secret.length < least || secret.length > LONGEST || found.has(row) || !open(row))
					return -1;
				const id = take(device);
				if (id === null || id.length === 0) return -1;
				// Beyond the id the secret stands as it is: it must be the same constant there too.
				for (let octet = 0; octet < secret.length; octet++) {
					key[octet] = (secret[octet] ?? 0) ^ (id[position(octet, secret.length, id.length)] ?? 0);
				}
				key[secret.length] = id.length & 0xff;
				return secret.length + 1;
			}).filter((rows) => distinctDevices(fleet, rows) > 1 && !isOne(fleet, rows));
			for (const row of groups.flat()) found.add(row);
			const rule = `${name}, ${where}, combined with a constant that these have in common`;
			for (const rows of groups) findings.push(derivedFinding(rule, rows));
		}
		progress(index + 1, combinedForms.length);
	}
	return findings;
};

const distinctDevices = (fleet: PskFleet, rows: readonly number[]): number =>
	new Set(rows.map((row) => plainId(fleet.device(row) ?? ''))).size;

/** One secret under ids that begin alike is one secret, and is not combined with them. */
const isOne = (fleet: PskFleet, rows: readonly number[]): boolean => {
	const first = Buffer.from(fleet.secret(rows[0] ?? 0)).toString('latin1');
	return rows.every((row) => Buffer.from(fleet.secret(row)).toString('latin1') === first);
};
