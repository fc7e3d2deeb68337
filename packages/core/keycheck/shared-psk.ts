import { alikeRows } from './alike-rows.ts';
import { count } from './found-key.ts';
import { LONGEST_SECRET, type PskCheck, type PskFinding } from './psk-fleet.ts';

/**
 * One PSK on several devices (CR 1.2 RE(1), CR 1.5; EN 303 645 5.4-4). The same device in two lists, or with two roles for one
 * secret (LoRaWAN 1.0's AppKey and NwkKey), is one holder; a place that names no device, such as a copy in a project or the other end
 * of a link, is none.
 *
 * False alarms: two equal random secrets of 16 octets among a million: 2^-89. One device under two names is reported.
 */
export const checkSharedPsks: PskCheck = ({ fleet }) =>
	alikeRows(fleet.size, LONGEST_SECRET, (row, key) => {
		const secret = fleet.secret(row);
		key.set(secret);
		return secret.length === 0 ? -1 : secret.length;
	}).flatMap((rows): PskFinding[] => {
		const holders = new Set(rows.flatMap((row) => fleet.holder(row) ?? [])).size;
		if (holders > 1) {
			return [{ ...shared, severity: 'critical', rows, detail: `${count(holders, 'device')} have the same PSK.` }];
		}
		if (holders === 1) return [];
		// WireGuard's PresharedKey belongs to a link: each of its two ends has it.
		const ends = rows.every((row) => fleet.role(row) === 'presharedKey') ? 2 : 1;
		const files = new Set(rows.map((row) => fleet.file(row))).size;
		if (files <= ends) return [];
		return [
			{
				...shared,
				severity: 'medium',
				rows,
				detail: `The same PSK lies in ${files} files, and no file names its device.`,
			},
		];
	});

const shared = {
	check: 'shared-psk',
	attack: 'A thief of one of these devices can read and write as all of them, and nobody can tell which device it is.',
	mend: 'Give each device a different random secret, or better a certificate. Replace this one everywhere at once.',
} as const;
