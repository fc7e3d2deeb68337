import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type Milliseconds, seconds } from '@keyward/core';

/** How a service runs. Everything else is policy, and lives in the data folder. */
export interface ServiceOptions {
	/** Folder of everything the service keeps. Made when it is not there. */
	readonly data: string;
	/** 0 lets the system choose. */
	readonly httpsPort: number;
	readonly mqttsPort: number;
	/** Address to listen on; only this machine by default. */
	readonly host?: string;
	/** The name that devices and readers reach the service by. */
	readonly name?: string;
	/** File with the key that the site's own keys are sealed under, kept apart from the data folder; else one inside it. */
	readonly sealFile?: string;
	/** Threads that own MQTT connections. */
	readonly linkWorkers?: number;
	/** `hybrid`: take only key agreement with ML-KEM (X25519MLKEM768), as the requirement link-encryption asks at its strictest. */
	readonly groups?: 'any' | 'hybrid';
	/** Take TLS 1.2 too. What an application's policy says of such a link is judged at each session. */
	readonly allowTls12?: boolean;
	/** How long an MQTT peer has for its handshake, its CONNECT, and the rest of a packet that it began. */
	readonly patience?: Milliseconds;
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
		host,
		name,
		sealFile: options.sealFile === undefined ? null : resolve(options.sealFile),
		hostNames: loopback.has(name) ? [] : [name],
		// One core is the committer's.
		linkWorkers: options.linkWorkers ?? Math.max(1, cores - 1),
		groups: options.groups ?? 'any',
		allowTls12: options.allowTls12 ?? false,
		patience: options.patience ?? seconds(10),
		version,
	};
};
