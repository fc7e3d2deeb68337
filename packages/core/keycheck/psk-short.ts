import { count } from './found-key.ts';
import type { PskCheck } from './psk-fleet.ts';

/**
 * PSKs below 128 bits (CR 1.7, CR 4.3; NIST SP 800-57 Part 1 §5.6.1; RFC 9257 §4: a PSK of low entropy falls to an offline
 * search after one recorded handshake). False alarms: none, it is their length.
 */
export const checkShort: PskCheck = ({ fleet }) => {
	const groups = [
		{ severity: 'critical', below: 8, rows: [] as number[] },
		{ severity: 'high', below: 14, rows: [] as number[] },
		{ severity: 'medium', below: 16, rows: [] as number[] },
	] as const;
	for (let row = 0; row < fleet.size; row++) {
		const length = fleet.secretLength(row);
		groups.find(({ below }) => length < below)?.rows.push(row);
	}
	return groups
		.filter(({ rows }) => rows.length > 0)
		.map(({ severity, below, rows }) => ({
			check: 'psk-short',
			severity,
			rows,
			detail: `${count(rows.length, 'PSK')} shorter than ${below} octets; they should have 16 or more.`,
			attack: 'An attacker who records one handshake tries all secrets of this length, without the device.',
			mend: 'Give each device a random secret of 16 octets or more, or better a certificate.',
		}));
};
