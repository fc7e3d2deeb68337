import type { Milliseconds } from '@keyward/core';
import type { LinkStep } from '@keyward/core/authorize';
import type { PersonStep } from '@keyward/core/port';
import type { SecurityText } from '@keyward/core/update';

/** What a site file says. Paths are absolute; what it leaves out is left to the service's own defaults. */
export interface SiteFile {
	readonly name?: string;
	/** More host names and addresses for the service's certificate. */
	readonly addresses: readonly string[];
	/** Address to listen on. */
	readonly listen?: string;
	readonly ports: SitePorts;
	readonly sealFile?: string;
	readonly manufacturers: readonly Manufacturer[];
	/** Manufacturers of what only behaves like hardware: they count where they are named here, and are shown as emulated even then. */
	readonly emulators: readonly Manufacturer[];
	readonly authority: AuthorityCustody;
	/** Where the key of stored readings lives. */
	readonly readingsKey: AuthorityCustody;
	/** Null: for ever. */
	readonly retention: Milliseconds | null;
	readonly alerts: AlertTerms | null;
	/** Null: nobody is asked whether the clock is true. */
	readonly timeSource: TimeSource | null;
	/** Null: nobody else vouches for the ledgers. */
	readonly witnesses: WitnessTerms | null;
	/** Null: none are looked for. */
	readonly advisories: AdvisoryTerms | null;
	/** Who else says who somebody is; empty: passkeys alone open the console. */
	readonly issuers: readonly IssuerTerms[];
	/** Null: nothing is said of how to report a flaw. */
	readonly securityText: SecurityText | null;
	/** The longest that an MQTT session outlives its connection. */
	readonly sessionExpiry?: Milliseconds;
	/** How far ahead of ours a device's clock may be where its policy does not say. */
	readonly clockTolerance?: Milliseconds;
	/** Null takes readings of any time. */
	readonly oldestReading?: Milliseconds | null;
	readonly logLevel: LogLevel;
}

/** One MQTT listener. A server cannot see the group that a handshake chose, so each floor has a port for itself. */
export interface MqttListenerOptions {
	readonly port: number;
	/** The least link that it takes (requirement link-encryption). */
	readonly floor: LinkStep;
}

export interface HttpsListenerOptions {
	readonly port: number;
	/** At `tls1.2-aead` it serves enrolment (EST) alone. */
	readonly floor: LinkStep;
}

export interface SitePorts {
	/** The HTTP API and enrolment; none written: one at the default port. */
	readonly https: readonly HttpsListenerOptions[];
	/** Plain HTTP for CRL and OCSP; null: none. */
	readonly http?: number | null;
	/** None written: one at the default port. */
	readonly mqtt: readonly MqttListenerOptions[];
	/** Where `/metrics` and `/healthz` are served in plain HTTP: this machine alone. Null: on the operator's socket only. */
	readonly metrics: LoopbackAddress | null;
}

export interface LoopbackAddress {
	readonly host: string;
	readonly port: number;
}

/** Who makes parts that prove where their keys live. */
export interface Manufacturer {
	readonly name: string;
	/** Files of PEM or DER: roots of IDevID certificates and of TPM endorsement keys. */
	readonly anchors: readonly string[];
	/** Files of signed manifests. */
	readonly manifests: readonly string[];
	/** Files of PEM or DER: certificates of those who sign them. */
	readonly manifestSigners: readonly string[];
	/** What it took back: certificates by the SHA-256 of their DER, lower-case hex, and parts by their name. */
	readonly revoked: readonly string[];
	/** TPM firmware that is known to be broken: its version in hex, as the TPM gives it. */
	readonly deniedFirmware: readonly string[];
}

/** Where private keys of the site live. */
export type AuthorityCustody =
	| { readonly custody: 'file' }
	| {
			readonly custody: 'pkcs11';
			/** The PKCS#11 library. */
			readonly module: string;
			/** Label of the token. */
			readonly token: string;
			readonly pinFile: string;
	  };

/** Where alerts are sent, and which. */
export interface AlertTerms {
	readonly url: string;
	/** Holds the key that each alert is signed with (HMAC-SHA-256). */
	readonly secretFile: string;
	readonly events: readonly AlertKind[];
}

/** Where advisories are looked for. */
export interface AdvisoryTerms {
	readonly folder: string;
	/** Whose word counts that something is fixed or not affected, by CSAF's publisher namespace. */
	readonly publishers: readonly string[];
}

/** An issuer of identities (OpenID Connect). */
export interface IssuerTerms {
	/** On the sign-in page, and in the address that it sends people back to. */
	readonly name: string;
	/** As it calls itself. */
	readonly issuer: string;
	readonly clientId: string;
	/** Holds the client's secret. */
	readonly secretFile: string;
	/** File of PEM: CAs that its certificate is checked against; null: those of the machine. */
	readonly caFile: string | null;
	/** What of its claims the owner believes, and as what; anything else counts as a password. */
	readonly proves: readonly { readonly claim: 'acr' | 'amr'; readonly value: string; readonly as: PersonStep }[];
}

/** Who is asked whether this machine's clock is true. */
export interface TimeSource {
	/** True: NTS (RFC 8915), whose answers nobody on the way can make. False: plain NTP, which is believed only so far. */
	readonly authenticated: boolean;
	readonly host: string;
	/** Of the key exchange, or of plain NTP. */
	readonly port: number;
	/** File of PEM: CAs that the key exchange is checked against; null: those of the machine. */
	readonly caFile: string | null;
}

/** Who vouches for the ledgers, and how many of them must. */
export interface WitnessTerms {
	readonly quorum: number;
	readonly of: readonly { readonly url: string; /** Its C2SP verifier key. */ readonly key: string }[];
}

export const alertKinds = [
	'posture-fell',
	'device-silent',
	'readings-missing',
	'essential-admitted',
	'identity-contested',
	'disk-short',
	'certificate-end',
	'ledger-broken',
	'device-exposed',
	'rollout-halted',
	'incident-open',
	'record-failing',
	'clock-doubtful',
	'witness-missing',
	'ledger-forked',
] as const;

export type AlertKind = (typeof alertKinds)[number];

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof logLevels)[number];
