import type { Instant } from '../units/instant.ts';
import type { Containment } from './containment.ts';
import type { IncidentCause } from './detector.ts';

/** Something that happened with a device, or with the service, until a person closes it (IEC 62443-4-2 CR 6.2; CRA Annex I Part I (2)(l)). */
export interface Incident {
	readonly number: number;
	/** Empty where it is of the registry of the whole site. */
	readonly application: string;
	/** Empty where it is of the service itself. */
	readonly device: string;
	readonly opened: Instant;
	readonly cause: IncidentCause;
	/** Who opened it: `detector`, or a person as the audit log calls them. */
	readonly by: string;
	/** What was seen or said. */
	readonly reason: string;
	/** How often it was seen, and when last. */
	readonly times: number;
	readonly last: Instant;
	/** Null while the device is not contained. */
	readonly containment: Containment | null;
	readonly closed: { readonly at: Instant; readonly reason: string } | null;
}
