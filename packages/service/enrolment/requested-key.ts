import { type AttestationTrust, evidenceUnder, judgeKnownKey, statementUnder } from '@keyward/core/attest';
import { type KeyEvidence, softwareKey } from '@keyward/core/device';
import type { RequestedKey } from '@keyward/core/enrol';
import { keyThumbprint } from '@keyward/core/format';
import type { CertificateStore, PartStore, PrincipalName } from '@keyward/core/port';

/** The same, of one registry. */
export type FindKey = (
	publicKey: Uint8Array,
	name: PrincipalName | null,
	appraised: KeyEvidence | null,
) => Promise<RequestedKey>;

/**
 * What the registry and the manufacturers know of a key. Evidence: of this moment (`appraised`), else what an earlier certificate for it
 * was admitted on, else what a manufacturer's manifest says of it; all as far as the site still believes it.
 */
export const findRequestedKey = async (
	store: CertificateStore & Pick<PartStore, 'knownKey' | 'statementOf'>,
	trust: AttestationTrust,
	publicKey: Uint8Array,
	name: PrincipalName | null,
	appraised: KeyEvidence | null,
): Promise<RequestedKey> => {
	const key = keyThumbprint(publicKey);
	const all = name === null ? [] : await store.certificates(name);
	const certificates = all.filter((certificate) => Buffer.compare(certificate.key, key) === 0);
	const former = certificates.at(-1)?.evidence ?? softwareKey;
	// What another CA certified is certified here from now on; nothing is known of such a key.
	const earlier = evidenceUnder(appraised ?? (former.adopted === true ? softwareKey : former), trust);
	// The manufacturer says that the key was made inside a part; the request proves that this is the key.
	const known = await store.knownKey(key);
	const made = known && judgeKnownKey(known, trust);
	const isRevoked = made !== null && 'refusal' in made;
	const evidence = earlier.proof === 'claimed' && made !== null && !isRevoked ? made : earlier;
	const said = evidence.part === null ? null : await store.statementOf(evidence.part);
	const statement = statementUnder(evidence, said, trust);
	return {
		...{ publicKey, evidence },
		...(statement !== null && { statement }),
		revoked: isRevoked ? made.refusal : null,
		holders: await store.holders(key),
		certificates,
	};
};
