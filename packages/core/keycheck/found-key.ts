import type { Finding } from './finding.ts';
import type { CertificateFacts, Place } from './material.ts';
import type { PublicKeyValue, RsaKey } from './public-key-value.ts';

/** One public key, with every place where it was found. */
export interface FoundKey {
	/** SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
	readonly hash: string;
	readonly value: PublicKeyValue;
	readonly holdings: readonly Holding[];
}

export interface Holding {
	readonly at: Place;
	readonly privateFound: boolean;
	readonly certificate: CertificateFacts | null;
	readonly names: readonly string[];
	readonly subject?: string;
}

export type FoundRsaKey = FoundKey & { readonly value: RsaKey };

export const isRsa = (key: FoundKey): key is FoundRsaKey => key.value.kind === 'rsa';

/** A finding about keys; `holdings` where it is about some of their places only. */
export interface KeyFinding extends Omit<Finding, 'members'> {
	readonly keys: readonly KeyMember[];
}

export interface KeyMember {
	readonly key: FoundKey;
	readonly holdings?: readonly Holding[];
}

/** Keys by what `of` says of each, in the order of their first; keys of which it says null are left out. */
export const groupKeys = <Key extends FoundKey, Group>(
	keys: Iterable<Key>,
	of: (key: Key) => Group | null,
): Map<Group, Key[]> => {
	const groups = new Map<Group, Key[]>();
	for (const key of keys) {
		const group = of(key);
		if (group === null) continue;
		const members = groups.get(group);
		if (members === undefined) groups.set(group, [key]);
		else members.push(key);
	}
	return groups;
};

/** "1 key", "3 keys". */
export const count = (n: number, one: string, many = `${one}s`): string =>
	`${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
