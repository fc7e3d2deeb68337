import type { Posture } from '../policy/posture.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { KeyEvidence } from '../device/key-evidence.ts';
import type { LifeState } from '../device/lifecycle.ts';
import type { Instant } from '../units/instant.ts';
import type { Cursor } from './reading-store.ts';
import type { ImportedManifest } from './part-store.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Revocation, RevocationCause } from './certificate-store.ts';
import type { Grant } from './grant-store.ts';
import type { Principal } from './principal.ts';

/**
 * What the service can be asked to do: input and output of each operation, as JSON carries them.
 * Errors are `{ code, detail }` with a code of the closed union.
 */
export interface Operations {
	/** Ports, applications, counters. */
	'site.status': { input: Record<string, never>; output: SiteStatus };
	/** Restores a backup of this site into a folder that is removed again; the evidence counts from the backup's moment. */
	'backup.rehearse': { input: { from: string }; output: { backup: Instant; at: Instant; readings: number } };
	'site.health': { input: Record<string, never>; output: SiteHealth };
	/** Sends a test alert; `detail` says what became of it. */
	'alerts.test': { input: Record<string, never>; output: { delivered: boolean; detail: string } };
	/** Checks the text, makes it the application's next policy epoch, and re-judges what is open. */
	'policy.apply': {
		input: { text: string };
		output: { application: string; epoch: number; cut: number; warnings: string[] };
	};
	'policy.list': {
		input: Record<string, never>;
		output: { application: string; epoch: number; text: string; at: Instant }[];
	};
	/** Expects a device, as this very part if one is named, and makes its commissioning string; an expected one gets a new one. */
	'device.expect': {
		input: { application: string; device: string; class?: string; part?: string };
		output: { commissioning: string; expires: Instant };
	};
	/**
	 * Verifies a maker's signed manifest whole, then remembers its parts, all or none: a key in it counts as endorsed to be in its
	 * part. `file` is read by the service. `named` are all its parts; `parts` and `keys` count those that were not known.
	 */
	'manifest.import': {
		input: { maker: string; file: string };
		output: { signer: string; named: string[]; parts: number; keys: number };
	};
	'manifest.list': { input: Record<string, never>; output: ImportedManifest[] };
	'device.list': { input: { application?: string }; output: PrincipalSummary[] };
	'device.show': { input: { application: string; device: string }; output: PrincipalDetail };
	'reader.expect': {
		input: { application: string; reader: string };
		output: { commissioning: string; expires: Instant };
	};
	'reader.list': { input: { application?: string }; output: PrincipalSummary[] };
	/** Revokes every certificate of a device or reader and cuts its live sessions. */
	'principal.revoke': {
		input: { kind: 'device' | 'reader'; application: string; id: string; reason: string; cause?: RevocationCause };
		output: { revoked: number; cut: number };
	};
	/** Keeps a device out until it is released, and cuts its live session; nothing is revoked. */
	'device.quarantine': { input: { application: string; device: string }; output: { cut: number } };
	'device.release': { input: { application: string; device: string }; output: { state: LifeState } };
	/**
	 * Moves a device to another application, or under another name: its certificates are revoked, and it is expected there,
	 * the same part if it had to be one. It needs a new key.
	 */
	'device.transfer': {
		input: { application: string; device: string; to: string; as?: string; class?: string; reason: string };
		output: { commissioning: string; expires: Instant; revoked: number; cut: number };
	};
	'grant.add': {
		input: { application: string; reader: string; device: string; stream: string; purpose: string; expires?: Instant };
		output: Grant;
	};
	'grant.list': { input: { application?: string }; output: Grant[] };
	'grant.end': { input: { id: string }; output: { ended: boolean; cut: number } };
	/** Keeps a command for a device until the device has acknowledged it, or it expires. */
	'command.send': {
		input: {
			application: string;
			device: string;
			payload: string;
			/** How `payload` is written; `utf-8` unless said. */
			encoding?: 'utf-8' | 'base64';
			contentType?: string;
			expires?: Instant;
		};
		output: CommandSummary;
	};
	'command.list': { input: { application: string; device?: string }; output: CommandSummary[] };
	/** The site's CAs, generation by generation, oldest first; and who does not know the newest service CA yet. */
	'authority.list': {
		input: Record<string, never>;
		output: { authorities: AuthoritySummary[]; uninformed: PrincipalName[] };
	};
	/**
	 * Makes the next generation of a CA. An issuing CA and the site root sign with it at once, a service CA is only announced.
	 * `lost`: the key of the present one is lost, so that it cannot vouch for the next.
	 */
	'authority.roll': {
		input: { what: AuthorityKind; application?: string; lost?: boolean };
		output: { generation: number; state: AuthoritySummary['state'] };
	};
	/** Makes the announced service CA the one that the service shows. */
	'authority.activate': { input: { evenCuttingOff?: boolean }; output: { generation: number } };
	/** Ends a generation that does not sign any more, and destroys its key. */
	'authority.retire': {
		input: { what: AuthorityKind; application?: string; generation: number; evenCuttingOff?: boolean };
		output: Record<string, never>;
	};
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
		/** The listener that its devices and readers are told. */
		readonly mqttUrl: string;
		readonly devices: number;
		readonly readers: number;
		readonly sessions: number;
		readonly readings: number;
	}[];
	/** `accepted`, and refusals by error code. */
	readonly counters: Readonly<Record<string, number>>;
}

/** Whether the running service can do its work at this moment. */
export interface SiteHealth {
	readonly ready: boolean;
	/** Why it is not ready, in sentences; empty when it is. */
	readonly reasons: readonly string[];
	readonly pid: number;
	/** MQTT and HTTPS listeners, and the least link that each takes. */
	readonly listeners: readonly { readonly port: number; readonly floor: string }[];
	/** TCP ports that its settings open. */
	readonly declaredPorts: readonly number[];
	/** TCP ports that its process listens on, as the kernel says; null where that cannot be seen. */
	readonly openPorts: readonly number[] | null;
}

export type AuthorityKind = 'site-root' | 'service-ca' | 'issuing';

/** One generation of a CA of the site. */
export interface AuthoritySummary {
	readonly what: AuthorityKind;
	/** Of an issuing CA; null for the others. */
	readonly application: string | null;
	/** 1, 2, 3 … within its CA. */
	readonly generation: number;
	readonly state: 'making' | 'announced' | 'active' | 'outgoing' | 'retiring' | 'retired';
	/** When it came to be in this state. */
	readonly since: Instant;
	/** Null while it is made, and once it is retired. */
	readonly notAfter: Instant | null;
	readonly subject: string | null;
	/** Where its key is: `absent` when its token is away. An emulated token is as good as a file. */
	readonly key: 'file' | 'token' | 'emulated-token' | 'absent' | 'destroyed';
}

export interface PrincipalSummary extends Principal {
	/** notAfter of the newest certificate. */
	readonly certificateUntil: Instant | null;
	/** What the key of that certificate was admitted on; null without one. */
	readonly evidence: KeyEvidence | null;
	readonly connected: boolean;
}

export interface PrincipalDetail extends PrincipalSummary {
	readonly certificates: readonly {
		readonly serial: string;
		readonly fingerprint: string;
		/** What its key was admitted on. */
		readonly evidence: KeyEvidence;
		readonly notBefore: Instant;
		readonly notAfter: Instant;
		readonly revoked: Revocation | null;
	}[];
	/** Where its newest certificate falls short of the policy of now: what mode `report` let in. */
	readonly findings: readonly Refusal[];
	readonly streams: readonly StreamSummary[];
}

/** A command without its payload. */
export interface CommandSummary {
	readonly id: string;
	readonly application: string;
	readonly device: string;
	readonly contentType: string;
	/** Of the payload, in bytes. */
	readonly size: number;
	readonly at: Instant;
	readonly expires: Instant;
	/** `void`: the device was revoked since. */
	readonly state: 'waiting' | 'delivered' | 'expired' | 'void';
	/** When the device acknowledged it; null while it has not. */
	readonly delivered: Instant | null;
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
	/** Readings that the leaves prove. */
	readonly readings: number;
	/** Readings that the site has given up by its retention, and that are not provable any more; the ledger says so, signed. */
	readonly forgotten: number;
	/** None of a time from then on is given up; null when none is at all. */
	readonly keptFrom: Instant | null;
	/** SHA-256 root, lower-case hex. */
	readonly root: string;
	readonly ok: boolean;
	/** What does not agree, in words; empty when ok. */
	readonly breaks: readonly string[];
}
