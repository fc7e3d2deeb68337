import type { LifeState } from '../device/lifecycle.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Instant } from '../units/instant.ts';

/** A device or reader that is expected or admitted. */
export interface Principal extends PrincipalName {
	/** Class of the policy's `devices`; null for a reader. */
	readonly class: string | null;
	/** The part that it must be, as `attest` names parts; null when any will do. */
	readonly part: string | null;
	readonly state: LifeState;
	readonly at: Instant;
}
