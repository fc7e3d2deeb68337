import type { DeviceStatement } from '../device/device-statement.ts';
import type { KeyEvidence } from '../device/key-evidence.ts';
import { partOfManufacturer } from '../device/part.ts';
import type { KnownStatement } from '../port/part-store.ts';
import type { AttestationTrust } from './trust.ts';

/**
 * What a manufacturer says of the device whose key is proven to be in this part, under the trust of now. Null where the site names that
 * manufacturer no more, the signer or the part is revoked, or the statement is of another's part of the same number.
 */
export const statementUnder = (
	{ part, manufacturer, proof }: Pick<KeyEvidence, 'part' | 'manufacturer' | 'proof'>,
	known: KnownStatement | null,
	{ manufacturers, revoked }: AttestationTrust,
): (DeviceStatement & { readonly emulated: boolean }) | null => {
	if (known === null || part === null || proof === 'claimed') return null;
	// A number is its manufacturer's own; the key of a TPM is nobody's twice, and the TPM has shown that it has it.
	if (part.startsWith('serial:') && manufacturer !== known.manufacturer) return null;
	// RFC 9334 §7.4: a batch that leaked is still in its manifest, and only this list tells.
	if (revoked.has(known.signer) || revoked.has(partOfManufacturer(part, manufacturer))) return null;
	const named = manufacturers.find(({ name }) => name === known.manufacturer);
	return named === undefined ? null : { ...known.statement, emulated: named.emulated };
};
