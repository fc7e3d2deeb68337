import type { KeyEvidence } from '../device/key-evidence.ts';
import { partOfManufacturer } from '../device/part.ts';
import type { KnownKey } from '../port/part-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { AttestationTrust } from './trust.ts';

/**
 * What a manufacturer's manifest says of a key under the trust of now: that it was made in this part. Null when the site believes that
 * manufacturer no more. A refusal when the part, or who signed the manifest, was taken back: such a key must not come in by another way
 * either.
 */
export const judgeKnownKey = (
	{ part, manufacturer, signer }: KnownKey,
	{ manufacturers, revoked }: AttestationTrust,
): KeyEvidence | { readonly refusal: Refusal } | null => {
	// RFC 9334 §7.4: a batch that leaked is still in its manifest, and only this list tells.
	const isRevoked = revoked.has(partOfManufacturer(part, manufacturer));
	if (isRevoked || revoked.has(signer)) {
		const what = isRevoked ? part : `the manifest that names ${part}`;
		const reason = `This key is in ${part}, and the site believes ${what} no more.`;
		return { refusal: { code: 'endorsement-revoked', requirement: 'key-custody', reason } };
	}
	const known = manufacturers.find(({ name }) => name === manufacturer);
	return known === undefined
		? null
		: { custody: 'pkcs11', proof: 'endorsed', part, manufacturer, emulated: known.emulated, path: [signer] };
};
