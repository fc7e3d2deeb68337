import { hash } from 'node:crypto';
import { type DeviceForm, deviceForms } from './device-form.ts';
import { count } from './found-key.ts';
import type { PskCheck, PskFinding } from './psk-fleet.ts';

/** Secrets below this length are met by chance; `psk-short` has them. */
const LEAST = 6;
/** Rows between two reports of progress. */
const STRIDE = 10_000;

/**
 * PSKs that follow from the device's own id (CR 1.5; EN 303 645 5.1-3): the id itself in some form (padded, cut, repeated,
 * backwards, within the secret), or a plain hash of it.
 *
 * False alarms: for each random secret of 16 octets below 2^-58 for the id within it, 2^-115 for the rest. A secret hashed
 * with a salt, or derived by a keyed function, cannot be told and is not reported.
 */
export const checkDerived: PskCheck = ({ fleet, open, progress }) => {
	const byRule = new Map<string, number[]>();
	for (let row = 0; row < fleet.size; row++) {
		if (row % STRIDE === 0) progress(row, fleet.size);
		const device = fleet.device(row);
		const secret = fleet.secret(row);
		if (device === null || secret.length < LEAST || !open(row)) continue;
		const rule = ruleOf(secret, deviceForms(device));
		if (rule === null) continue;
		const rows = byRule.get(rule);
		if (rows === undefined) byRule.set(rule, [row]);
		else rows.push(row);
	}
	return [...byRule].map(([rule, rows]) => derivedFinding(rule, rows));
};

/** Of secrets made from `rule`, in words. */
export const derivedFinding = (rule: string, rows: readonly number[]): PskFinding => ({
	check: 'psk-derived',
	severity: 'critical',
	rows,
	detail: `${count(rows.length, 'PSK')} made from ${rule}.`,
	attack: 'Ids are sent in the open and printed on labels: who learns the rule from one device has the secrets of all.',
	mend: 'Give each device a random secret, or derive it with a keyed function (HMAC, CMAC) from a master key in an HSM.',
});

/** Hashes and how many hex digits each has. */
const algorithms = [
	['md5', 32],
	['sha1', 40],
	['sha256', 64],
] as const;

/** By which rule a secret follows from its device's id, in words; null for none. */
const ruleOf = (secret: Buffer, forms: readonly DeviceForm[]): string | null => {
	const spelled = spelledBy(secret);
	// Hex, as Node makes it in an eighth of the time of bytes.
	const written = secret.toString('hex');
	for (const { name, id } of forms) {
		const rule =
			ruleOfForm(secret, written, id) ??
			(spelled === null ? null : ruleOfForm(spelled, secret.toString('latin1').toLowerCase(), id));
		if (rule !== null) return `${name}${rule}`;
	}
	return null;
};

/** How a secret, which is `written` in hex, follows from an id in this form. */
const ruleOfForm = (secret: Buffer, written: string, id: Buffer | string): string | null => {
	const plain = couldBePlain(secret, id) ? plainRule(secret, Buffer.from(id)) : null;
	if (plain !== null) return plain;
	const first = written.charCodeAt(0);
	const last = written.charCodeAt(written.length - 1);
	for (const [algorithm, digits] of algorithms) {
		if (written.length > digits) continue;
		const digest = hash(algorithm, id, 'hex');
		// Most differ in the first and in the last digit.
		const isDerived =
			(digest.charCodeAt(0) === first && digest.startsWith(written)) ||
			(digest.charCodeAt(digits - 1) === last && digest.endsWith(written));
		if (isDerived) return `, hashed with ${algorithm.toUpperCase()}`;
	}
	return null;
};

/** A secret may be hex text of what was derived; null where it is not. */
const spelledBy = (secret: Buffer): Buffer | null => {
	const first = secret[0] ?? 0;
	// No digit of hex is before 0 or behind f.
	if (secret.length < 12 || secret.length % 2 === 1 || first < 0x30 || first > 0x66) return null;
	const text = secret.toString('latin1');
	return /^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text) ? Buffer.from(text, 'hex') : null;
};

/**
 * False where no {@link plainRule} can hold: an id within a secret, and one that a secret begins, has its first octet in it, and one that it
 * ends has the same last.
 */
const couldBePlain = (secret: Buffer, id: Buffer | string): boolean => {
	if (typeof id !== 'string') return true;
	const first = id.charCodeAt(0);
	const last = id.charCodeAt(id.length - 1);
	// In UTF-8 other characters begin and end with other octets.
	if (first > 0x7f || last > 0x7f || secret[secret.length - 1] === last) return true;
	for (let at = 0; at < secret.length; at++) if (secret[at] === first) return true;
	return false;
};

/** How a secret is the id, in words; null when it is not. */
const plainRule = (secret: Buffer, id: Uint8Array): string | null => {
	if (id.length >= secret.length) {
		const isPart =
			secret.equals(id.subarray(0, secret.length)) || secret.equals(id.subarray(id.length - secret.length));
		if (isPart) return id.length === secret.length ? '' : ', cut';
		return null;
	}
	const at = secret.indexOf(id);
	if (at === -1) return null;
	if (secret.every((octet, index) => octet === id[index % id.length])) return ', repeated';
	const rest = Buffer.concat([secret.subarray(0, at), secret.subarray(at + id.length)]);
	if ((at === 0 || rest.length === at) && rest.every((octet) => octet === rest[0])) return ', padded';
	return id.length >= 8 ? ', within it' : null;
};
