import type { FoundKey, KeyFinding } from './found-key.ts';
import type { PublishedKey, PublishedKeys, PublishedKind } from './published-keys.ts';

/**
 * Keys whose private half is public (IEC 62443-4-2 CR 1.5; EN 303 645 5.4-4): shipped in products, made by a generator with few
 * outcomes, or printed in documents and test suites. False alarms: 2^-63 for each key.
 */
export const checkPublished = (keys: Iterable<FoundKey>, published: PublishedKeys): KeyFinding[] => {
	const findings: KeyFinding[] = [];
	for (const key of keys) {
		const known = published.get(key.hash);
		if (known === undefined) continue;
		findings.push({
			check: 'published-key',
			severity: known.kind === 'example' ? 'high' : 'critical',
			keys: [{ key }],
			detail: `The private half of this key is public: it is ${sourceOf(known)}.`,
			...said[known.kind],
		});
	}
	return findings;
};

/** Where the private half lies, with the CVE if there is one. */
export const sourceOf = ({ where, cve }: PublishedKey): string => (cve === null ? where : `${where} (${cve})`);

const said: Readonly<Record<PublishedKind, Pick<KeyFinding, 'attack' | 'mend'>>> = {
	product: {
		attack:
			'Anybody downloads the private key, then poses as these devices and reads what is sent to them; where TLS lacks forward secrecy, recorded traffic too.',
		mend: 'Make a new key on each device and revoke the certificates of this one.',
	},
	generator: {
		attack: 'Anybody runs the same generator, has the private key in minutes and poses as these devices.',
		mend: 'Update the program that made the key, make a new key on each device and revoke the certificates of this one.',
	},
	example: {
		attack: 'If a device or server uses it, anybody poses as that device or server with the private key from the book.',
		mend: 'Keep it out of products: make a new key for whatever uses this one. In a test folder it may stay.',
	},
};
