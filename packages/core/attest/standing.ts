import { type KeyEvidence, softwareKey } from '../device/key-evidence.ts';
import type { AttestationTrust } from './trust.ts';

/**
 * What evidence that was taken earlier counts for under the trust of now. It needs no new proof: a key that could not leave
 * its part then cannot now. But a site that has since stopped believing the part's maker, or calls it an emulator, no longer
 * stands by what that maker vouched for (RFC 9334 §7.4), and then nothing is known of the key.
 */
export const evidenceUnder = (evidence: KeyEvidence, { makers, revoked }: AttestationTrust): KeyEvidence => {
	if (evidence.proof === 'claimed') return evidence;
	const vouches = makers.some(({ name, emulated }) => name === evidence.maker && emulated === evidence.emulated);
	return vouches && !(evidence.part !== null && revoked.has(evidence.part)) ? evidence : softwareKey;
};
