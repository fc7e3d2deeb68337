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

/** By which rule a secret follows from its device's id, in words; null for none. */
const ruleOf = (secret: Uint8Array, forms: readonly DeviceForm[]): string | null => {
	const bytes = Buffer.from(secret.buffer, secret.byteOffset, secret.length);
	const text = bytes.toString('latin1');
	// A secret may be hex text of what was derived.
	const spelled =
		text.length >= 12 && text.length % 2 === 0 && /^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text)
			? Buffer.from(text, 'hex')
			: null;
	for (const { name, bytes: id } of forms) {
		for (const candidate of spelled === null ? [bytes] : [bytes, spelled]) {
			const plain = plainRule(candidate, id);
			if (plain !== null) return `${name}${plain}`;
			// Hex, as Node makes it in an eighth of the time of bytes.
			const written = candidate.toString('hex');
			for (const algorithm of ['md5', 'sha1', 'sha256'] as const) {
				const digest = hash(algorithm, id, 'hex');
				if (digest.startsWith(written) || digest.endsWith(written))
					return `${name}, hashed with ${algorithm.toUpperCase()}`;
			}
		}
	}
	return null;
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
