import { type KeyEvidence, softwareKey } from '../device/key-evidence.ts';
import { partOfManufacturer } from '../device/part.ts';
import type { AttestationTrust } from './trust.ts';

/**
 * What evidence that was taken earlier counts for under the trust of now. It needs no new proof: a key that could not leave
 * its part then cannot now. But a site that has since stopped believing the part's manufacturer, calls it an emulator, or has revoked
 * the part or anybody on the path by which it was vouched for (RFC 9334 §7.4, RFC 5280 §6.1.3 (a)(3)) no longer stands by it,
 * and then nothing is known of the key.
 */
export const evidenceUnder = (evidence: KeyEvidence, { manufacturers, revoked }: AttestationTrust): KeyEvidence => {
	if (evidence.proof === 'claimed') return evidence;
	const vouches = manufacturers.some(
		({ name, emulated }) => name === evidence.manufacturer && emulated === evidence.emulated,
	);
	const { part, manufacturer, path = [] } = evidence;
	const isRevoked =
		path.some((one) => revoked.has(one)) || (part !== null && revoked.has(partOfManufacturer(part, manufacturer)));
	return vouches && !isRevoked ? evidence : softwareKey;
};
