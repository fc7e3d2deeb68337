import type { Instant } from '../units/instant.ts';
import type { ParameterValue } from './parameter-value.ts';
import type { RequirementId } from '../requirement/requirement.ts';
import type { Strength } from '../requirement/strength.ts';

/** What one piece of evidence says. */
export interface Fact {
	readonly subject: Component;
	/** The requirement that it speaks for. */
	readonly claim: RequirementId;
	/**
	 * In that requirement's own scale. Where a requirement is simply asked: `true`, or a few words that say what was
	 * found instead ("key shared with gamma-2"). A value off the scale is good for nothing, and is shown as it is.
	 */
	readonly value: ParameterValue;
	readonly strength: Strength;
	/** Said by the component against itself, which gains it nothing: it counts whatever strength is asked. */
	readonly againstItself?: true;
	/** Who saw or said it: `registrar`, `listener`, `device`, `manufacturer`, `ledger`, `store` … */
	readonly source: string;
	readonly at: Instant;
	/** From this moment the evidence counts as none (a certificate's notAfter). */
	readonly until?: Instant;
}

/** A part of the system that evidence is about (IEC 62443-3-2). */
export interface Component {
	readonly kind: ComponentKind;
	/** Empty for the service itself. */
	readonly application: string;
	readonly id: string;
}

export const componentKinds = ['device', 'reader', 'service', 'update'] as const;

export type ComponentKind = (typeof componentKinds)[number];
