import { count, type FoundKey, type KeyFinding } from './found-key.ts';
import type { PublishedKey, PublishedKeys, PublishedKind } from './published-keys.ts';

/**
 * Keys whose private half is public (IEC 62443-4-2 CR 1.5; EN 303 645 5.4-4): shipped in products, made by a generator with few
 * outcomes, or printed in documents and test suites. False alarms: 2^-63 for each key.
 */
export const checkPublished = (keys: Iterable<FoundKey>, published: PublishedKeys): KeyFinding[] => {
	// A product's key is a finding; the thousand keys of one generator or test suite are one together.
	const groups = new Map<PublishedKey | FoundKey, { known: PublishedKey; keys: FoundKey[] }>();
	for (const key of keys) {
		const known = published.get(key.hash);
		if (known === undefined) continue;
		const of = known.kind === 'product' ? key : known;
		const group = groups.get(of);
		if (group === undefined) groups.set(of, { known, keys: [key] });
		else group.keys.push(key);
	}
	return [...groups.values()].map(({ known, keys: members }) => ({
		check: 'published-key',
		severity: known.kind === 'example' ? 'high' : 'critical',
		keys: members.map((key) => ({ key })),
		detail:
			members.length === 1
				? `The private half of this key is public: it is ${sourceOf(known)}.`
				: `The private halves of ${count(members.length, 'key')} are public: each is ${sourceOf(known)}.`,
		...said[known.kind],
	}));
};

/** Where the private half lies, with the CVE if there is one. */
export const sourceOf = ({ where, cve }: PublishedKey): string => (cve === null ? where : `${where} (${cve})`);

const said: Readonly<Record<PublishedKind, Pick<KeyFinding, 'attack' | 'mend'>>> = {
	product: {
		attack:
			'Anybody can download the private key, pose as these devices and read what is sent to them; without forward secrecy, recorded traffic too.',
		mend: 'Make a new key on each device and revoke the certificates of this one.',
	},
	generator: {
		attack: 'Anybody can run the same generator, has the private key in minutes and can pose as these devices.',
		mend: 'Update the program that made the key, make a new key on each device and revoke the certificates of this one.',
	},
	example: {
		attack: 'If a device or server uses this key, anybody can pose as it: the private key is in the document.',
		mend: 'Make a new key for every product that uses this one. In a folder of tests it may stay.',
	},
};
