import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import type { OperationName, Operations } from '@keyward/contract';
import type { Grant } from '@keyward/core/port';
import { type Service, serve, type ServiceOptions } from '@keyward/service';

/** An application with little demanded of it: one class `probe`, two streams, one reader `desk`. */
export const hallPolicy = `
application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk], range: [0, 10] }
  state: { unit: /, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate, state] }
`;

/**
 * One link worker and no operator's socket, unless it is said: where sessions are at stake it takes two, for `keyward` the socket, and none
 * where nobody speaks MQTT.
 */
export interface TestSiteOptions extends Partial<Omit<ServiceOptions, 'data'>> {
	/** Policies to apply at start; by default `hallPolicy` alone. */
	readonly policies?: readonly string[];
	/** Folder on whose disk it is, and its devices; by default that of temporary files. */
	readonly place?: string;
}

/** A commissioned device or reader. Its key is plain PEM, so that other programs can use it. */
export interface TestIdentity {
	readonly identity: Identity;
	/** Paths of PEM files: certificate with its issuing CA, private key, service CA. */
	readonly certificateFile: string;
	readonly keyFile: string;
	readonly serviceCaFile: string;
	/** The same as text, as `tls.connect` and MQTT.js take them. */
	readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
}

export interface TestSite {
	/** The data folder. */
	readonly folder: string;
	readonly url: string;
	readonly mqttUrl: string;
	readonly httpsPort: number;
	/** Ports of all HTTPS listeners, in the order of the options. */
	readonly httpsPorts: readonly number[];
	readonly mqttsPort: number;
	/** Everything that the service reported as a bug. When a test leaves something in it, it fails. */
	readonly reported: unknown[];
	/** Asks as the operator. */
	ask<Name extends OperationName>(name: Name, input: Operations[Name]['input']): Promise<Operations[Name]['output']>;
	apply(policy: string): Promise<Operations['policy.apply']['output']>;
	commissionDevice(application: string, id: string, deviceClass?: string): Promise<TestIdentity>;
	commissionReader(application: string, id: string): Promise<TestIdentity>;
	/** `device` may be `*`; ends in `lasts` milliseconds, or when the policy would have it end. */
	grant(application: string, reader: string, device: string, stream: string, lasts?: number): Promise<Grant>;
	/** Stops the service, does `between` with its data folder, and starts it on the same folder and ports. */
	restart(between?: (folder: string) => Promise<void> | void, options?: Partial<ServiceOptions>): Promise<void>;
	stop(): Promise<void>;
}

/** A test's context, or `node:test` itself for a site that the tests of a file share. */
export interface Cleanup {
	after(then: () => Promise<void> | void): void;
}

/** Starts a real service on a fresh data folder, both gone with the test. */
export const startSite = async (
	t: Cleanup,
	{ policies = [hallPolicy], place = tmpdir(), ...options }: TestSiteOptions = {},
): Promise<TestSite> => {
	const home = await mkdtemp(join(place, 'keyward-site-'));
	const folder = join(home, 'data');
	const reported: unknown[] = [];
	let commissioned = 0;
	const start = (more: Partial<ServiceOptions>): Promise<Service> =>
		serve(
			{
				httpsPort: 0,
				mqttsPort: 0,
				linkWorkers: 1,
				operatorSocket: false,
				oldestReading: null,
				...options,
				...more,
				data: folder,
			},
			(error) => reported.push(error),
		);
	let service = await start({});
	const { url, mqttUrl, https } = service;
	const ports = { httpsPort: Number(new URL(url).port), mqttsPort: Number(new URL(mqttUrl).port) };
	t.after(async () => {
		await service.stop();
		await rm(home, { recursive: true, force: true });
		assert.deepEqual(reported, [], 'the service reported bugs');
	});

	const ask: TestSite['ask'] = (name, input) => service.call(name, input);
	const commissionAs = async (kind: 'device' | 'reader', application: string, id: string, commissioning: string) => {
		// Commissioned again, it makes a new key in a new folder.
		const place = join(home, `${++commissioned}-${kind}-${application}-${id}`);
		const clock = { now: () => Date.now() };
		const identity = await commission({ commissioning, folder: place, kind, clock, allowPlainKey: true });
		const { certificate: cert, serviceCa: ca, keyFile } = identity;
		return {
			identity,
			certificateFile: join(place, 'certificate.pem'),
			keyFile,
			serviceCaFile: join(place, 'service-ca.pem'),
			tls: { cert, key: await identity.privateKey(), ca },
		};
	};

	const site: TestSite = {
		folder,
		url,
		mqttUrl,
		...ports,
		httpsPorts: https.map((one) => Number(new URL(one.url).port)),
		reported,
		ask,
		apply: (text) => ask('policy.apply', { text }),
		commissionDevice: async (application, device, deviceClass) => {
			const expected = { application, device, ...(deviceClass !== undefined && { class: deviceClass }) };
			return commissionAs('device', application, device, (await ask('device.expect', expected)).commissioning);
		},
		commissionReader: async (application, reader) =>
			commissionAs('reader', application, reader, (await ask('reader.expect', { application, reader })).commissioning),
		grant: (application, reader, device, stream, lasts) =>
			ask('grant.add', {
				application,
				reader,
				device,
				stream,
				purpose: 'test',
				...(lasts !== undefined && { expires: Date.now() + lasts }),
			}),
		restart: async (between, more = {}) => {
			await service.stop();
			await between?.(folder);
			service = await start({ ...ports, ...more });
		},
		stop: () => service.stop(),
	};
	for (const policy of policies) await site.apply(policy);
	return site;
};
