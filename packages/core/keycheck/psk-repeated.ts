import { count } from './found-key.ts';
import type { PskCheck } from './psk-fleet.ts';

/**
 * PSKs of 8 octets and more that repeat a part of at most half their length, go up or down by equal steps, or read the same
 * backwards. False alarms: 2^-30 for a random secret of 8 octets, 2^-60 for one of 16 (half of the octets follow from the
 * other half, in one of some ten ways).
 */
export const checkRepeated: PskCheck = ({ fleet, open }) => {
	const rows: number[] = [];
	for (let row = 0; row < fleet.size; row++) if (open(row) && isPattern(fleet.secret(row))) rows.push(row);
	if (rows.length === 0) return [];
	return [
		{
			check: 'psk-repeated',
			severity: 'high',
			rows,
			detail: `${count(rows.length, 'PSK')} with a pattern: a part that repeats, even steps, or a mirror.`,
			attack: 'Programs that guess secrets try patterns first: such a secret is as weak as one of half its length.',
			mend: 'Let a random generator make the secrets, not a person: 16 octets for each device.',
		},
	];
};

const isPattern = (secret: Uint8Array): boolean => {
	const { length } = secret;
	if (length < 8) return false;
	for (let period = 1; period <= length / 2; period++) {
		if (follows(secret, period, (index) => secret[index - period] ?? 0)) return true;
	}
	const step = (secret[1] ?? 0) - (secret[0] ?? 0);
	if (follows(secret, 1, (index) => ((secret[index - 1] ?? 0) + step) & 0xff)) return true;
	return follows(secret, length >> 1, (index) => secret[length - 1 - index] ?? 0);
};

/** Every octet from `start` is the one expected. */
const follows = (secret: Uint8Array, start: number, expected: (index: number) => number): boolean => {
	for (let index = start; index < secret.length; index++) if (secret[index] !== expected(index)) return false;
	return true;
};
