import type { KeyEvidence } from '../device/key-evidence.ts';
import { isPart, isPartExpected, partOfManufacturer } from '../device/part.ts';
import type { Refusal } from '../problem/refusal.ts';
import { judgeEndorsementChain } from './endorsement-chain.ts';
import type { TrustAt } from './trust.ts';

/** id-kp-clientAuth, anyExtendedKeyUsage. */
const [CLIENT, ANY] = ['1.3.6.1.5.5.7.3.2', '2.5.29.37.0'];

/**
 * Judges a device certificate of a part's manufacturer (IDevID, IEEE 802.1AR §8), the part's own first, and says what stands behind its
 * key: the manufacturer's word, given once, at the making. `expected` is the part that this device must be, null for any. Throws
 * `Problem('certificate-malformed')`.
 */
export const judgeDeviceIdentity = (
	certificates: readonly Uint8Array[],
	expected: string | null,
	at: TrustAt,
): { readonly publicKey: Uint8Array; readonly evidence: KeyEvidence } | { readonly refusal: Refusal } => {
	const vouching = judgeEndorsementChain(certificates, CLIENT, at);
	if ('refusal' in vouching) return vouching;
	const { leaf, manufacturer, path } = vouching;
	const refused = (code: Refusal['code'], reason: string, requirement: Refusal['requirement'] = 'key-custody') => ({
		refusal: { code, requirement, reason },
	});
	// RFC 5280 §4.2.1.9: an authority's key is in its manufacturer's hands, not in a part.
	if (leaf.isAuthority)
		return refused('endorsement-chain', 'The first certificate is that of an authority, not of a part.');
	// RFC 5280 §4.2.1.12: the certificate of a server, or of a signer of code, by the same manufacturer is of no part.
	const { extendedKeyUsage: purposes } = leaf;
	if (purposes.length > 0 && !purposes.includes(CLIENT) && !purposes.includes(ANY))
		return refused('endorsement-chain', 'The first certificate is for another purpose than to identify a device.');
	// IEEE 802.1AR §8.6: the serialNumber of the subject is what tells one part of the manufacturer from another.
	const part = `serial:${leaf.subject.find(([type]) => type === 'serialNumber')?.[1] ?? ''}`;
	if (!isPart(part)) {
		return refused(
			'endorsement-chain',
			'The certificate of the part has no serialNumber in its subject to know it by.',
		);
	}
	if (at.trust.revoked.has(partOfManufacturer(part, manufacturer.name)))
		return refused('endorsement-revoked', `The site believes ${part} no more.`);
	// expected-device (CR 1.4): without this, any genuine part of the manufacturer, such as a bought one, would do.
	if (expected !== null && !isPartExpected(expected, part, manufacturer.name)) {
		const reason = `This part is ${partOfManufacturer(part, manufacturer.name)}, and ${expected} is expected for this device.`;
		return refused('part-unexpected', reason, 'expected-device');
	}
	const { name, emulated } = manufacturer;
	return {
		publicKey: leaf.publicKey,
		evidence: { custody: 'pkcs11', proof: 'endorsed', part, manufacturer: name, emulated, path },
	};
};
