import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type Bytes, days, defaultClockTolerance, type Milliseconds, seconds } from '@keyward/core';
import type { AttestationTrust } from '@keyward/core/attest';
import { type ApiStep, type LinkStep, type PersonTerms, usualPersonTerms } from '@keyward/core/authorize';
import type { RequirementId } from '@keyward/core/policy';
import type { SecurityText } from '@keyward/core/update';
import type {
	AdvisoryTerms,
	AlertTerms,
	AuthorityCustody,
	HttpsListenerOptions,
	IssuerTerms,
	LoopbackAddress,
	MqttListenerOptions,
	TimeSource,
	WitnessTerms,
} from '../site/site-file.ts';

/** How a service runs. Everything else is policy, and lives in the data folder. */
export interface ServiceOptions {
	/** Folder of everything the service keeps. Made when it is not there. */
	readonly data: string;
	/** 0 lets the system choose. */
	readonly httpsPort: number;
	readonly mqttsPort: number;
	/** The least link that `httpsPort` takes (requirement link-encryption); `tls1.3` by default. */
	readonly httpsFloor?: ApiStep;
	/** More HTTPS listeners; one at `tls1.2-aead` serves enrolment alone. What is told to a device is the weakest that its policy allows, as with MQTT. */
	readonly httpsListeners?: readonly HttpsListenerOptions[];
	/** Plain HTTP for CRL and OCSP (RFC 5280 §4.2.1.13, RFC 6960 Appendix A): both are signed. Null: none. */
	readonly httpPort?: number | null;
	/** Address to listen on; only this machine by default. */
	readonly host?: string;
	/** The name that devices and readers reach the service by. */
	readonly name?: string;
	/** More host names and addresses for the service's certificate. */
	readonly addresses?: readonly string[];
	/** File with the key that the site's own keys are sealed under, kept apart from the data folder; else one inside it. */
	readonly sealFile?: string;
	/** Where new keys of the site's CAs are made; those that are there stay where they are. In files by default. */
	readonly authority?: AuthorityCustody;
	/** Where the private key is that stored readings are encrypted for in the end; moved there when it is elsewhere. In a file by default. */
	readonly readingsKey?: AuthorityCustody;
	/** CAs whose key the operator declares lost, by the name of their certificate's file: the site starts without it. */
	readonly lostKeys?: readonly string[];
	/** Whom the site believes about keys in hardware; nobody by default. */
	readonly trust?: AttestationTrust;
	/** Manifests of parts that are taken at the start, each of a manufacturer that `trust` names. */
	readonly manifests?: readonly { readonly manufacturer: string; readonly file: string }[];
	/** Threads that own MQTT connections. */
	readonly linkWorkers?: number;
	/** The least link that `mqttsPort` takes (requirement link-encryption); `tls1.3` by default. */
	readonly floor?: LinkStep;
	/** More MQTT listeners, each with its own floor: what is told to a device is the weakest that its policy allows. */
	readonly listeners?: readonly MqttListenerOptions[];
	/** How long an MQTT peer has for its handshake, its CONNECT, and the rest of a packet that it began. */
	readonly patience?: Milliseconds;
	/** The longest that an MQTT session outlives its connection (MQTT 5 §3.2.2.3.2). */
	readonly sessionExpiryMaximum?: Milliseconds;
	/** How long peers have after a start to come back before their wills of the time before are published. */
	readonly reconnectGrace?: Milliseconds;
	/** How far ahead of ours a device's clock may be where its policy does not say. */
	readonly clockTolerance?: Milliseconds;
	/** How far back a reading's time may lie; never before its device was one. Null: any time is taken. */
	readonly oldestReading?: Milliseconds | null;
	/** How long a reading is kept after its own time; null: for ever. */
	readonly retention?: Milliseconds | null;
	/** Room on the data folder's disk that readings, enrolments and policies leave: for revocations, sessions and facts. */
	readonly diskReserve?: Bytes;
	/** Where `/metrics` and `/healthz` are served in plain HTTP, on this machine alone; null: on the operator's socket only. */
	readonly metrics?: LoopbackAddress | null;
	/**
	 * False: nobody asks by the operator's socket, since this process is the operator (`Service.call`); it is opened all the same where `metrics`
	 * is given. For a program that holds the service in itself, as tests do, which need no thread for it; no setting of a site, which nobody
	 * could operate without.
	 */
	readonly operatorSocket?: boolean;
	/** Null: no alerts are sent. */
	readonly alerts?: AlertTerms | null;
	/** Null: nobody is asked whether the clock is true. */
	readonly timeSource?: TimeSource | null;
	/** Null: nobody else vouches for the ledgers. */
	readonly witnesses?: WitnessTerms | null;
	/** Null: advisories come by the operator's hand alone. */
	readonly advisories?: AdvisoryTerms | null;
	/** Who else than a passkey says who somebody is; nobody by default. */
	readonly issuers?: readonly IssuerTerms[];
	/** What is served at /.well-known/security.txt; null: nothing. */
	readonly securityText?: SecurityText | null;
	/** How long people's sessions last. */
	readonly people?: PersonTerms;
	/**
	 * For `attacks/` alone: parameters that are taken as null, whatever the policy asks, so that an attack is seen to succeed
	 * without them. Reachable from code only; no site file, option of a command or environment sets it (a test says so).
	 */
	readonly allowWithout?: readonly RequirementId[];
}

export interface ServiceConfig extends Required<Omit<ServiceOptions, 'sealFile'>> {
	readonly sealFile: string | null;
	readonly hostNames: readonly string[];
	readonly version: string;
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** Fills in what the options leave open. */
export const configure = (options: ServiceOptions, version: string, cores: number): ServiceConfig => {
	const host = options.host ?? '127.0.0.1';
	const name = options.name ?? (loopback.has(host) ? 'localhost' : hostname());
	return {
		data: resolve(options.data),
		httpsPort: options.httpsPort,
		mqttsPort: options.mqttsPort,
		httpsFloor: options.httpsFloor ?? 'tls1.3',
		httpsListeners: options.httpsListeners ?? [],
		httpPort: options.httpPort ?? null,
		host,
		name,
		sealFile: options.sealFile === undefined ? null : resolve(options.sealFile),
		addresses: options.addresses ?? [],
		hostNames: [name, ...(options.addresses ?? [])].filter((one) => !loopback.has(one)),
		authority: options.authority ?? { custody: 'file' },
		readingsKey: options.readingsKey ?? { custody: 'file' },
		lostKeys: options.lostKeys ?? [],
		trust: options.trust ?? { manufacturers: [], revoked: new Set(), deniedFirmware: [] },
		manifests: options.manifests ?? [],
		// One core is the committer's.
		linkWorkers: options.linkWorkers ?? Math.max(1, cores - 1),
		floor: options.floor ?? 'tls1.3',
		listeners: options.listeners ?? [],
		patience: options.patience ?? seconds(10),
		sessionExpiryMaximum: options.sessionExpiryMaximum ?? days(7),
		reconnectGrace: options.reconnectGrace ?? seconds(60),
		clockTolerance: options.clockTolerance ?? defaultClockTolerance,
		oldestReading: options.oldestReading === undefined ? days(90) : options.oldestReading,
		retention: options.retention ?? null,
		diskReserve: options.diskReserve ?? 64 * 1024 * 1024,
		metrics: options.metrics ?? null,
		operatorSocket: options.operatorSocket ?? true,
		alerts: options.alerts ?? null,
		timeSource: options.timeSource ?? null,
		witnesses: options.witnesses ?? null,
		advisories: options.advisories ?? null,
		issuers: options.issuers ?? [],
		securityText: options.securityText ?? null,
		people: options.people ?? usualPersonTerms,
		allowWithout: options.allowWithout ?? [],
		version,
	};
};
