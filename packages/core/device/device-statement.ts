import type { Instant } from '../units/instant.ts';

/** What a manufacturer signed of a device that it built, by the part in it. */
export interface DeviceStatement {
	/** When it said so: of two statements the later one counts. */
	readonly said: Instant;
	/** How its debug port left the factory; null: it says nothing of it. */
	readonly debugPort: 'closed' | 'open' | null;
	/** Of the part. */
	readonly certificates: readonly PartCertificate[];
	/** A measurement of the whole product; null: there was none. */
	readonly leakageTest: LeakageTest | null;
}

/** A certificate under a scheme by which somebody else looked at the part. */
export interface PartCertificate {
	/** Such as `common-criteria`. */
	readonly scheme: string;
	readonly number: string;
	/** Such as `EAL6+ AVA_VAN.5`. */
	readonly level: string;
	/** The last moment that it counts. */
	readonly expires: Instant;
}

/** A test for leakage as ISO/IEC 17825 has it, which the product passed. */
export interface LeakageTest {
	readonly laboratory: string;
	/** SHA-256 of its report, lower-case hex. */
	readonly report: string;
	readonly at: Instant;
}
