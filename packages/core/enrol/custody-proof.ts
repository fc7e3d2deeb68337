import type { KeyEvidence } from '../device/key-evidence.ts';
import { isPartExpected } from '../device/part.ts';
import type { ParameterValue } from '../policy/parameter-value.ts';
import type { Principal } from '../port/principal.ts';

/** The step of the requirement `key-custody` that the evidence reaches: what a device says of its key itself proves nothing. */
export const custodyProof = ({ custody, proof }: KeyEvidence): ParameterValue =>
	custody === 'software' || proof === 'claimed' ? 'any' : `hardware-${proof}`;

/**
 * The step of the requirement `expected-device`: a token; a token and a part that its manufacturer vouches for; a token and this very
 * part, shown afresh. Another part than the expected one is no step at all.
 */
export const expectedBy = ({ part }: Pick<Principal, 'part'>, evidence: KeyEvidence): ParameterValue => {
	const isThis = part !== null && evidence.part !== null && isPartExpected(part, evidence.part, evidence.manufacturer);
	if (part !== null && evidence.part !== null && !isThis) return 'another part';
	if (evidence.proof === 'claimed' || evidence.manufacturer === null) return 'token';
	return isThis && evidence.proof === 'attested' ? 'token-this-part' : 'token-endorsed';
};
