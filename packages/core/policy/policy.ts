import type { Custody } from '../device/custody.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import type { Level } from './level.ts';
import type { Objective } from './objective.ts';
import type { Parameters } from './parameter-value.ts';
import type { TopicMap } from './topic-map.ts';

/** One application's policy, read and expanded. */
export interface Policy {
	readonly application: string;
	readonly level: Readonly<Record<Objective, Level>>;
	readonly mode: 'enforce' | 'audit';
	readonly streams: ReadonlyMap<string, StreamTerms>;
	readonly devices: ReadonlyMap<string, DeviceClass>;
	/** Which commands to devices take as many signers as `signed-commands` asks; one that is not named does. */
	readonly commands: ReadonlyMap<string, 'dangerous' | 'harmless'>;
	/** Operations that a reader may call as a program; left out where the policy names none. */
	readonly programs?: ReadonlyMap<string, readonly string[]>;
	readonly parameters: Parameters;
}

/** What a stream carries and who may be granted it. */
export interface StreamTerms {
	readonly name: string;
	/** SenML unit symbol (RFC 8428 §12.1, RFC 8798). */
	readonly unit: string;
	readonly every: Milliseconds;
	/** Values outside are refused as impossible. */
	readonly range?: readonly [number, number];
	/** Whether readings are taken, and marked, whose device could not tell their time; refused where it is left out. */
	readonly doubtfulTime?: 'refuse' | 'mark';
	/** How often in a row the same value makes it suspicious; null: never; left out: by the quantity (`observe/suspicion`). */
	readonly stuckAfter?: number | null;
	/** The largest change from one reading to the next within that span that is not suspicious; null: any. */
	readonly largestChange?: { readonly most: number; readonly within: Milliseconds } | null;
	readonly readers: readonly string[];
	/** IEC 62443-4-2 CCSC 1. */
	readonly essential: boolean;
}

/** A kind of device that the application expects. */
export interface DeviceClass {
	readonly name: string;
	readonly custody: readonly Custody[];
	readonly streams: readonly string[];
	/** What its devices publish as their manufacturer made them, beside their streams' own topics; left out where nothing. */
	readonly publishes?: readonly TopicMap[];
	/** SHA-256, lower-case hex, of CAs of others whose certificates its devices may have until they have one of this site. */
	readonly otherCas?: readonly string[];
	/** The longest sleep of a device that is not always reachable. */
	readonly sleeps?: Milliseconds;
	/** The last day of its support, by its beginning in UTC (EN 303 645 5.3-13). */
	readonly supportUntil?: Instant;
	/** Ports and services that its devices need; left out where none. */
	readonly ports?: readonly string[];
	readonly services?: readonly string[];
	/** What becomes of a device that reports its case opened, beside the incident; `alarm` where it is left out. */
	readonly onTamper?: 'alarm' | 'quarantine';
}

/**
 * What admission asks: in mode `audit` a reading is let in open where it should be sealed, and unsigned where it should be signed, and
 * posture shows it. A roster still asks.
 */
export const admissionParameters = ({ mode, parameters }: Pick<Policy, 'mode' | 'parameters'>): Parameters =>
	mode === 'audit' ? { ...parameters, 'sealed-readings': null, 'reading-signature': null } : parameters;
