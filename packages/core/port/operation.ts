import type { Posture } from '../policy/posture.ts';
import type { Instant } from '../units/instant.ts';
import type { Cursor } from './reading-store.ts';
import type { Grant, Principal } from './registry-store.ts';

/**
 * What the service can be asked to do: input and output of each operation, as JSON carries them.
 * Errors are `{ code, detail }` with a code of the closed union.
 */
export interface Operations {
	/** Ports, applications, counters. */
	'site.status': { input: Record<string, never>; output: SiteStatus };
	/** Checks the text, makes it the application's next policy epoch, and re-judges what is open. */
	'policy.apply': { input: { text: string }; output: { application: string; epoch: number; cut: number } };
	'policy.list': {
		input: Record<string, never>;
		output: { application: string; epoch: number; text: string; at: Instant }[];
	};
	/** Expects a device and makes its commissioning string; an expected device gets a new one. */
	'device.expect': {
		input: { application: string; device: string; class?: string };
		output: { commissioning: string; expires: Instant };
	};
	'device.list': { input: { application?: string }; output: PrincipalSummary[] };
	'device.show': { input: { application: string; device: string }; output: PrincipalDetail };
	'reader.expect': {
		input: { application: string; reader: string };
		output: { commissioning: string; expires: Instant };
	};
	'reader.list': { input: { application?: string }; output: PrincipalSummary[] };
	/** Revokes every certificate of a device or reader and cuts its live sessions. */
	'principal.revoke': {
		input: { kind: 'device' | 'reader'; application: string; id: string; reason: string };
		output: { revoked: number; cut: number };
	};
	'grant.add': {
		input: { application: string; reader: string; device: string; stream: string; purpose: string; expires?: Instant };
		output: Grant;
	};
	'grant.list': { input: { application?: string }; output: Grant[] };
	'grant.end': { input: { id: string }; output: { ended: boolean; cut: number } };
	posture: { input: { application?: string }; output: Posture[] };
	'ledger.verify': { input: { application?: string }; output: LedgerReport[] };
	/** Streams that the caller may read. */
	'streams.list': { input: Record<string, never>; output: StreamSummary[] };
	'readings.read': {
		input: { application: string; device: string; stream: string; after: Cursor; limit: number };
		output: { readings: ReadingView[]; next: Cursor };
	};
}

export type OperationName = keyof Operations;

export interface SiteStatus {
	readonly version: string;
	readonly since: Instant;
	readonly url: string;
	readonly mqttUrl: string;
	readonly applications: readonly {
		readonly application: string;
		readonly mode: 'enforce' | 'report';
		readonly epoch: number;
		readonly devices: number;
		readonly readers: number;
		readonly sessions: number;
		readonly readings: number;
	}[];
	/** `accepted`, and refusals by error code. */
	readonly counters: Readonly<Record<string, number>>;
}

export interface PrincipalSummary extends Principal {
	/** notAfter of the newest certificate. */
	readonly certificateUntil: Instant | null;
	readonly connected: boolean;
}

export interface PrincipalDetail extends PrincipalSummary {
	readonly certificates: readonly {
		readonly serial: string;
		readonly fingerprint: string;
		readonly notBefore: Instant;
		readonly notAfter: Instant;
		readonly revoked: { readonly at: Instant; readonly reason: string } | null;
	}[];
	readonly streams: readonly StreamSummary[];
}

export interface StreamSummary {
	readonly application: string;
	readonly device: string;
	readonly stream: string;
	readonly unit: string;
	readonly last: Cursor;
	readonly newest: Instant | null;
}

/** A stored record as a reader sees it. */
export interface ReadingView {
	readonly cursor: Cursor;
	readonly time: Instant;
	readonly value: number | string | boolean;
	readonly unit: string;
}

export interface LedgerReport {
	readonly application: string;
	readonly leaves: number;
	readonly readings: number;
	/** SHA-256 root, lower-case hex. */
	readonly root: string;
	readonly ok: boolean;
	/** What does not agree, in words; empty when ok. */
	readonly breaks: readonly string[];
}
