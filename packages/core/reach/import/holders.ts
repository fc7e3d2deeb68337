import { Problem } from '../../problem/problem.ts';
import type { Custody } from '../../device/custody.ts';
import type { HeldKey, InventoryDevice } from '../inventory.ts';

/** Names a secret so that equal secrets have equal names, and nobody can confirm a guess: an HMAC under a key of the run. */
export type NameSecret = (secret: string) => string;

/** The bytes of an EUI are one name in either case; other names are as they are written. */
export const deviceNamed = (name: string): string =>
	/^\\x[0-9a-f]+$/i.test(name) ? name.slice(2).toLowerCase() : /^[0-9a-f]{16}$/i.test(name) ? name.toLowerCase() : name;

interface Holder {
	readonly keys: Map<string, HeldKey>;
	readonly certified: Set<string>;
}

/** Devices put together from lists that name one in several places. */
export interface Holders {
	add(device: string, key: string, more: { custody: Custody; opensRecorded: boolean; authority?: string }): void;
	devices(): InventoryDevice[];
}

export const collectHolders = (): Holders => {
	const holders = new Map<string, Holder>();
	return {
		add: (device, key, { custody, opensRecorded, authority }) => {
			let holder = holders.get(device);
			if (holder === undefined) holders.set(device, (holder = { keys: new Map(), certified: new Set() }));
			const before = holder.keys.get(key);
			// What lies in a file anywhere can be copied.
			const where = before === undefined || before.custody === custody ? custody : 'software';
			holder.keys.set(key, { key, custody: where, opensRecorded: opensRecorded || before?.opensRecorded === true });
			if (authority !== undefined) holder.certified.add(authority);
		},
		devices: () =>
			[...holders].map(([id, { keys, certified }]) => ({
				id,
				class: null,
				keys: [...keys.values()],
				// Lists of keys name no streams: one for all that the device says.
				streams: [{ name: 'readings', essential: false, sealed: false }],
				commands: true,
				authorities: [...certified],
				gateways: [],
				updateRoles: [],
			})),
	};
};

const custodies: Readonly<Record<string, Custody>> = {
	...{ software: 'software', file: 'software', flash: 'software', none: 'software', '': 'software' },
	...{ tpm: 'tpm2', tpm2: 'tpm2', 'tpm 2.0': 'tpm2' },
	...{
		pkcs11: 'pkcs11',
		hsm: 'pkcs11',
		token: 'pkcs11',
		'secure-element': 'pkcs11',
		'secure element': 'pkcs11',
		se: 'pkcs11',
	},
};

/** Where a key is, in the words of a list. Throws `Problem('inventory-malformed')`. */
export const custodyNamed = (text: string, where: string): Custody => {
	const word = text.trim().toLowerCase();
	const found = Object.hasOwn(custodies, word) ? custodies[word] : undefined;
	if (found === undefined)
		throw new Problem(
			'inventory-malformed',
			`${where}: ${JSON.stringify(text)} is no custody; use software, tpm2 or pkcs11`,
		);
	return found;
};
