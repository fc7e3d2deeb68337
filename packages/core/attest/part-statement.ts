import type { KeyEvidence } from '../device/key-evidence.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { ClearedEvidence, ClearingEvidence, judgeClearing, TpmClock } from './clearing.ts';
import type { FloorEvidence, judgeFloorEvidence } from './hardware-floor.ts';
import type { BootEvidence, judgeBoot, ReleasedBoot } from './quote.ts';
import type { StatementFields } from './statement-fields.ts';
import type { AttestationTrust, TrustAt } from './trust.ts';

/** Octets by the names that they have in a message. */
export type NamedOctets = Readonly<Record<string, Uint8Array>>;

/** What a statement must be about. */
export interface StatementTerms {
	/** SubjectPublicKeyInfo, DER. */
	readonly publicKey: Uint8Array;
	/** {@link qualifyingData} of this challenge, connection, key and device. */
	readonly qualifyingData: Uint8Array;
	readonly trust: AttestationTrust;
}

/** What a boot must be of, and what may have been started. */
export interface BootTerms {
	/** {@link bootQualifyingData} of this challenge, connection and device. */
	readonly qualifyingData: Uint8Array;
	readonly trust: AttestationTrust;
	readonly released: readonly ReleasedBoot[];
}

/** A part that a manufacturer vouches for, ready to be challenged. */
export interface ChallengedPart {
	/** What stands behind a key once a statement of it was found good. */
	readonly evidence: KeyEvidence;
	/** What is sent instead of the nonce; `random` gives fresh octets. Only this part finds the nonce in it, or needs it. */
	challenge(nonce: Uint8Array, random: (count: number) => Uint8Array): NamedOctets;
	/** SubjectPublicKeyInfo, DER, of the key that a statement is about. */
	keyOf(stated: NamedOctets): Uint8Array;
	/** Whether the part itself says, bound to the nonce, that this key was made inside it and never leaves. */
	judge(stated: NamedOctets, terms: StatementTerms): Refusal | null;
	/** Which release the device started, by the part's word; a part that does not see the boot has no such word. */
	judgeBoot?(evidence: BootEvidence, terms: BootTerms): ReturnType<typeof judgeBoot>;
	/** The security floor that the part itself keeps and that only rises, by its word. */
	judgeFloor?(evidence: FloorEvidence, terms: Omit<StatementTerms, 'publicKey'>): ReturnType<typeof judgeFloorEvidence>;
	/** How a part that has a clock shows that its keys were given up: before, and after. */
	judgeClearing?(evidence: ClearingEvidence, terms: StatementTerms): ReturnType<typeof judgeClearing>;
	judgeCleared?(evidence: ClearedEvidence, terms: Omit<StatementTerms, 'publicKey'>, before: TpmClock): Refusal | null;
}

/**
 * How parts of one kind state of themselves, and afresh, that a key is inside them: the only evidence that is *attested*. What
 * is malformed throws a `Problem`; `shown` and `stated` have just the members named here.
 */
export interface PartStatement extends StatementFields {
	/** `certificates`: DER, the part's own first; `expected`: the part that this device must be, null for any. */
	judgePart(
		certificates: readonly Uint8Array[],
		shown: NamedOctets,
		expected: string | null,
		at: TrustAt,
	): ChallengedPart | { readonly refusal: Refusal };
}
