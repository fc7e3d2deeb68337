import type { Strength } from '../requirement/strength.ts';
import type { Custody } from './custody.ts';

/** What stands behind the word that a key is in custody. */
export interface KeyEvidence {
	readonly custody: Custody;
	/** Who vouches: the device alone (claimed), the manufacturer of the part (endorsed), the part itself, afresh (attested). */
	readonly proof: Exclude<Strength, 'observed'>;
	/** The part, as `device expect` names it: `ek:` or `serial:` and what tells it from all others; null when unknown. */
	readonly part: string | null;
	/** Name of the manufacturer in the site file whose anchor the part leads to; null when none does. */
	readonly manufacturer: string | null;
	/** True for a simulated part, which counts as hardware only because the site names its root, and is shown as emulated. */
	readonly emulated: boolean;
	/**
	 * Who vouched, each as `revoked` of a site may name it: every certificate from the part's own to the anchor, or the signer of
	 * the manifest. Absent where nobody did, and in what was recorded before this was kept.
	 */
	readonly path?: readonly string[];
	/** True for the key of a certificate that another CA issued, and an operator took in as it was. */
	readonly adopted?: true;
}

/** A key of which nothing is known. */
export const softwareKey: KeyEvidence = Object.freeze({
	custody: 'software',
	proof: 'claimed',
	part: null,
	manufacturer: null,
	emulated: false,
});
