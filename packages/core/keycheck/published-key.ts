import { count, type FoundKey, type KeyFinding } from './found-key.ts';
import type { PublishedKeys } from './published-keys.ts';

/**
 * Keys whose private half has been published with the firmware of products on sale (IEC 62443-4-2 CR 1.5; EN 303 645
 * 5.4-4). False alarms: none short of a collision of SHA-256.
 */
export const checkPublished = (keys: Iterable<FoundKey>, published: PublishedKeys): KeyFinding[] => {
	const findings: KeyFinding[] = [];
	for (const key of keys) {
		const known = published.get(key.hash);
		if (known === undefined) continue;
		findings.push({
			check: 'published-key',
			severity: 'critical',
			keys: [{ key }],
			detail: `This ${known.bits}-bit ${known.type.toUpperCase()} key is public, private half included: it was found in the firmware of ${count(known.products, 'product')} by ${count(known.vendors, 'vendor')}.`,
			attack:
				'Anybody downloads the private key, then poses as these devices and reads what is sent to them; where TLS lacks forward secrecy, recorded traffic too.',
			mend: 'Make a new key on each device and revoke the certificates of this one.',
		});
	}
	return findings;
};
