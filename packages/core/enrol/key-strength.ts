import { isCanonicalKey } from '../format/canonical-key.ts';
import { profilePublicKey } from '../format/public-key.ts';
import type { Policy } from '../policy/policy.ts';
import type { Refusal } from '../problem/refusal.ts';
import { type NonConformity, nonConformityOf } from './non-conformity.ts';

/** A step of the requirement key-strength. */
export type KeyStrength = '112' | '128' | '128-listed';

/** Keys of the allow-list: curves with one way to use them. RSA is left out, as its keys can be weak in ways that do not show. */
const LISTED: readonly string[] = ['P-256', 'P-384', 'Ed25519'];

/** The step of key-strength that a SubjectPublicKeyInfo reaches; null when Keyward never certifies it. */
export const keyStrength = (publicKey: Uint8Array): KeyStrength | null => {
	const profile = profilePublicKey(publicKey);
	if (profile === null) return null;
	if (LISTED.includes(profile.algorithm)) return '128-listed';
	return profile.strength >= 128 ? '128' : '112';
};

/** Kinds of key that no policy admits: weak at any level, or of no known strength. */
export const judgeKeyKind = (publicKey: Uint8Array): Refusal[] =>
	keyStrength(publicKey) === null
		? [
				{
					code: 'csr-key',
					requirement: 'key-strength',
					reason: 'The key is none of P-256, P-384, Ed25519 or RSA from 2048 bits.',
				},
			]
		: [];

/** unique-key (IEC 62443-4-2 CR 1.5): a key written in a second form is a second identity to anyone who compares bytes. */
export const judgeKeyForm = (publicKey: Uint8Array): Refusal[] =>
	keyStrength(publicKey) === null || isCanonicalKey(publicKey)
		? []
		: [
				{
					code: 'key-form',
					requirement: 'unique-key',
					reason:
						'The key is not written in its one canonical form: write an EC key with its named curve and an uncompressed point, RSA as rsaEncryption with NULL, Ed25519 without parameters.',
				},
			];

/** key-strength (CR 4.3, NIST SP 800-57 Part 1 §5.6.1): a weak key can be computed from its certificate. */
export const judgeKeyStrength = (publicKey: Uint8Array, policy: Policy): NonConformity[] => {
	const strength = keyStrength(publicKey) ?? 'less';
	const reason = `The policy asks for a key-strength of ${String(policy.parameters['key-strength'])}; this key reaches ${strength}.`;
	return nonConformityOf(policy, 'key-strength', strength, 'csr-key', reason);
};
