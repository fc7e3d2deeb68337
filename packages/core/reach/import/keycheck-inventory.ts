import { checkIds } from '../../keycheck/finding.ts';
import { Problem } from '../../problem/problem.ts';
import type { Inventory } from '../inventory.ts';
import { collectHolders, deviceNamed } from './holders.ts';

/** Checks of keycheck after which an attacker has the private half without touching any device. */
const open: ReadonlySet<string> = new Set([
	...['published-key', 'guessable-key', 'nonce-reuse', 'batch-gcd', 'fermat', 'roca', 'rsa-small-factor'],
	...['rsa-exponent', 'psk-default', 'psk-derived', 'psk-sequential', 'psk-repeated', 'psk-short'],
]);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a JSON document is what `keyward keycheck --json` prints. */
export const isKeycheckOutput = (value: unknown): boolean =>
	isObject(value) && Array.isArray(value['findings']) && isObject(value['checked']);

/** "entry 1, nwkKey of 0102030405060708": each key of one device names the same holder. */
const holderOf = (label: string): string | undefined => {
	const name = /, [^\s,]+ of (.+)$/.exec(label)?.[1];
	return name === undefined ? undefined : deviceNamed(name);
};

const text = (value: unknown, where: string): string => {
	if (typeof value === 'string' && value !== '') return value;
	throw new Problem('inventory-malformed', `${where} is missing: give the whole output of keyward keycheck --json`);
};

/**
 * The holders that findings of keycheck name. It names weak and shared keys alone, so this is where reach is wide, not the fleet.
 * A person "anybody" holds each key that needs no device to be had.
 */
export const keycheckInventory = (value: unknown): Inventory => {
	const holders = collectHolders();
	const anybody = new Set<string>();
	const findings = isObject(value) && Array.isArray(value['findings']) ? value['findings'] : [];
	for (const [index, finding] of (findings as readonly unknown[]).entries()) {
		const where = `findings[${index}]`;
		if (!isObject(finding) || !Array.isArray(finding['members']))
			throw new Problem(
				'inventory-malformed',
				`${where} has no members: give the whole output of keyward keycheck --json`,
			);
		const check = text(finding['check'], `${where}.check`);
		if (!checkIds.some((one) => one === check))
			throw new Problem('inventory-malformed', `${where}.check ${JSON.stringify(check)} is no check of this version`);
		for (const [place, member] of (finding['members'] as readonly unknown[]).entries()) {
			const at = `${where}.members[${place}]`;
			if (!isObject(member)) throw new Problem('inventory-malformed', `${at} is no object`);
			const key = text(member['fingerprint'], `${at}.fingerprint`);
			const label = text(member['label'], `${at}.label`);
			const secret = check.includes('psk');
			const named = secret ? holderOf(label) : undefined;
			const byName = named ?? /\b(?:device |CN=)([^,\s()]+)/.exec(label)?.[1];
			holders.add(byName ?? `${text(member['file'], `${at}.file`)} ${label}`, secret ? `psk ${key}` : key, {
				custody: 'software',
				opensRecorded: secret,
			});
			if (open.has(check)) anybody.add(secret ? `psk ${key}` : key);
		}
	}
	return {
		source: 'keycheck',
		devices: holders.devices(),
		...{ readers: [], gateways: [], authorities: [], updateRoles: [], service: null },
		people: anybody.size === 0 ? [] : [{ id: 'anybody', operatesService: false, keys: [...anybody] }],
		assumptions: ['Keycheck names weak and shared keys alone: holders of good keys are not in this inventory.'],
	};
};
