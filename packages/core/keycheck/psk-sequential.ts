import { alikeRows } from './alike-rows.ts';
import { count } from './found-key.ts';
import type { PskCheck, PskFinding, PskFleet } from './psk-fleet.ts';

/** Longer secrets are passphrases or certificates. */
const LONGEST = 256;
/** Octets that a counter may take. */
const COUNTER = 4;

/**
 * PSKs that count: alike but for some octets at the end, or at the start, of at most four (CR 1.5). Anyone who has one tries
 * the neighbours.
 *
 * False alarms: at most 2^-40 for a whole fleet of random secrets, however large: of a short secret, or in a large fleet,
 * fewer octets may differ.
 */
export const checkSequential: PskCheck = ({ fleet, open }) => {
	const width = (length: number): number =>
		Math.min(COUNTER, Math.floor((length * 8 - 2 * Math.log2(fleet.size + 1) - 40) / 8));
	const found = new Set<number>();
	const findings: PskFinding[] = [];
	for (const side of ['end', 'start'] as const) {
		const groups = alikeRows(fleet.size, LONGEST + 1, (row, key) => {
			const length = fleet.secretLength(row);
			const counter = width(length);
			if (counter < 1 || length > LONGEST || found.has(row) || !open(row)) return -1;
			fleet.copySecret(row, key);
			if (side === 'start') key.copyWithin(0, counter, length);
			key[length - counter] = length;
			return length - counter + 1;
		});
		for (const rows of groups) {
			const different = distinctSecrets(fleet, rows);
			// The very same secret twice is shared, and no sequence.
			if (different < 2) continue;
			for (const row of rows) found.add(row);
			findings.push({
				check: 'psk-sequential',
				severity: 'critical',
				rows,
				detail: `${count(different, 'different PSK')} that are the same except for at most ${count(width(fleet.secret(rows[0] ?? 0).length), 'octet')} at the ${side}.`,
				attack: 'With the secret of one device, an attacker counts up and down and has the others within seconds.',
				mend: 'Give each device a random secret of 16 octets or more: no serial number, no counter, no common part.',
			});
		}
	}
	return findings;
};

const distinctSecrets = (fleet: PskFleet, rows: readonly number[]): number =>
	new Set(rows.map((row) => Buffer.from(fleet.secret(row)).toString('latin1'))).size;
