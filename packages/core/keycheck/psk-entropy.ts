import { count } from './found-key.ts';
import type { PskCheck, PskFinding, PskFleet } from './psk-fleet.ts';
import { isSimple, SAVING } from './psk-model.ts';

/** Below this an offline search is in reach of a well-funded attacker (NIST SP 800-131A: 112 is the floor for the present). */
const LEAST_BITS = 80;
/** Fewer devices agree in an octet too often by chance. */
const LEAST_DEVICES = 8;

/**
 * PSKs of 8 octets and more with fewer than 80 bits to guess: of few different octets, of digits or letters only, with bits
 * that never change (CR 1.7; RFC 9257 §4); and lists of PSKs most of whose octets are the same throughout.
 *
 * False alarms: at most 2^-37 for each random secret (seven models, each 2^-40 by its construction), 2^-40 for each list.
 */
export const checkEntropy: PskCheck = ({ fleet, open }) => {
	const lists = new Map<string, number[]>();
	const simple: number[] = [];
	let list: number[] = [];
	let [length, role, file] = [-1, '', ''];
	for (let row = 0; row < fleet.size; row++) {
		const secret = fleet.secret(row);
		if (secret.length < 8 || !open(row)) continue;
		if (isSimple(secret, LEAST_BITS)) {
			simple.push(row);
			continue;
		}
		// Rows of one list follow one another.
		if (secret.length !== length || fleet.role(row) !== role || fleet.file(row) !== file) {
			[length, role, file] = [secret.length, fleet.role(row), fleet.file(row)];
			const name = `${length} ${role} ${file}`;
			list = lists.get(name) ?? [];
			lists.set(name, list);
		}
		list.push(row);
	}
	const findings = [...lists.values()].flatMap((rows) => judgeList(fleet, rows));
	if (simple.length > 0) {
		findings.unshift({
			...said,
			rows: simple,
			detail: `${count(simple.length, 'PSK')} made of few different octets, or of digits or letters only: fewer than ${LEAST_BITS} bits to guess.`,
		});
	}
	return findings;
};

const said = {
	check: 'psk-entropy',
	severity: 'high',
	attack:
		'An attacker who records one handshake and sees how such secrets are made up finds them by trying, without the device.',
	mend: 'Let a random generator make the secrets: 16 octets for each device, of all values from 0 to 255.',
} as const;

/** Octets that are the same in all secrets of one list are known to anyone who has one of them. */
const judgeList = (fleet: PskFleet, rows: readonly number[]): PskFinding[] => {
	const first = fleet.secret(rows[0] ?? 0);
	const constant = new Set(first.keys());
	const secrets = new Set<string>();
	for (const row of rows) {
		const secret = fleet.secret(row);
		for (const index of constant) if (secret[index] !== first[index]) constant.delete(index);
		if (secrets.size < LEAST_DEVICES) secrets.add(Buffer.from(secret).toString('latin1'));
	}
	const open = (first.length - constant.size) * 8;
	if (secrets.size < LEAST_DEVICES || open >= LEAST_BITS || constant.size * 8 < SAVING) return [];
	return [
		{
			...said,
			rows,
			detail: `${count(rows.length, 'PSK')} of one list that have ${constant.size} of their ${first.length} octets in common: ${open} bits to guess.`,
		},
	];
};
