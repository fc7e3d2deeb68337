import { Problem } from '@keyward/core';
import type { KeyEvidence } from '@keyward/core/device';
import type { CertificateStore, PrincipalName } from '@keyward/core/port';

const isSamePart = (key: KeyEvidence, shown: KeyEvidence): boolean =>
	key.proof === 'attested' && key.part !== null && key.part === shown.part;

/**
 * RFC 9334 §7.4: another machine's TPM speaks the truth about that machine; a device's own is the one that its key is in. Throws
 * `Problem('part-unexpected')`.
 */
export const requireOwnPart = async (
	store: Pick<CertificateStore, 'certificates'>,
	holder: PrincipalName,
	shown: KeyEvidence,
): Promise<void> => {
	const held = await store.certificates(holder);
	if (held.some(({ revoked, evidence: key }) => revoked === null && isSamePart(key, shown))) return;
	throw new Problem(
		'part-unexpected',
		"The key of this device is not in the TPM that speaks: show what is asked for by the device's own.",
	);
};
