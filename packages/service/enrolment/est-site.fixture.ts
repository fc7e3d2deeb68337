import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ErrorCode } from '@keyward/core';
import type { AttestationTrust } from '@keyward/core/attest';
import { parsePolicy } from '@keyward/core/policy';
import { openMemoryStore } from '@keyward/store/memory';
import fastify, { type FastifyRequest } from 'fastify';
import { type AuthorityOptions, openAuthority } from '../authority/authority.ts';
import { createRegistrar } from './registrar.ts';
import { createRollover } from '../authority/rollover.ts';
import { createObservations } from '../evidence/observations.ts';
import type { Caller } from '@keyward/core/authorize';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { certificateCaller } from '../http/caller.ts';
import { est } from './est.ts';
import { listenHttp } from '../revocation/http-listener.ts';
import { openEstRpc } from './est-rpc.ts';
import { answerEst } from './est-rpc-server.ts';
import { openStatus } from '../revocation/status.ts';

export const policyText = (mode: 'enforce' | 'audit' = 'enforce', authenticity = 2): string => `
application: hall
level: { authenticity: ${authenticity}, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 1, resistance: 1 }
mode: ${mode}
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
tighten:
  certificate-lifetime: 30d
`;

/** A registrar over real TLS and what it tells over plain HTTP, with everything behind it, on ports that the system chose. */
export const openEstSite = async (
	folder: string,
	{ trust, ...options }: Partial<AuthorityOptions> & { readonly trust?: AttestationTrust } = {},
) => {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
	const clock = { offset: 0, now: () => Date.now() + clock.offset };
	const store = openMemoryStore();
	const site = { policy: parsePolicy(policyText()), url: '', statusUrl: '' };
	const authority = await openAuthority({
		folder: join(folder, 'authority'),
		store: inventoryAt(folder),
		clock,
		entropy,
		applications: ['hall'],
		hostNames: [],
		...options,
	});
	const reported: unknown[] = [];
	const report = (error: unknown): void => void reported.push(error);
	const policyOf = (application: string) => (application === 'hall' ? site.policy : null);
	const status = await openStatus({
		...{ authority, authorityFolder: join(folder, 'authority'), store, clock, entropy, report },
		folder: join(folder, 'crl'),
	});
	const registrar = createRegistrar({
		store,
		authority,
		clock,
		entropy,
		policyOf,
		...(trust !== undefined && { trust }),
		published: new Map(),
		urls: () => ({ service: site.url, mqtt: 'mqtts://localhost:8883' }),
		statusAt: (issuer) => status.addressesOf(issuer),
		onRevoked: (certificate) => status.revoked(certificate),
	});
	const app = fastify({
		https: {
			...authority.tls,
			ca: authority.caBundle(),
			requestCert: true,
			rejectUnauthorized: false,
			minVersion: 'TLSv1.3',
		},
	});
	const observations = createObservations(store, (error) => {
		throw error;
	});
	const rollover = createRollover(store, authority, observations, clock);
	const answers = answerEst({ authority, registrar, rollover, policies: { policyOf } });
	const rpc = openEstRpc({ ask: async (topic, body) => answers[topic](body) });
	const refused: ErrorCode[] = [];
	const onRefused = (code: ErrorCode): void => void refused.push(code);
	await app.register(est, { rpc, callerOf, onRefused });
	await app.listen({ host: '127.0.0.1', port: 0 });
	site.url = `https://localhost:${(app.server.address() as AddressInfo).port}`;
	authority.onChange(() =>
		app.server.setSecureContext({ ...authority.tls, ca: authority.caBundle(), minVersion: 'TLSv1.3' }),
	);
	const lists = new Map(status.lists.all().map((list) => [list.name, list]));
	status.lists.onPublished((list) => lists.set(list.name, list));
	const http = await listenHttp({
		...{ port: 0, host: '127.0.0.1', lists, onRefused, now: clock.now, log: { error: report } },
		ocsp: (request) => status.ocsp(request),
	});
	site.statusUrl = `http://localhost:${http.port}`;
	status.announce(site.statusUrl);
	const close = async (): Promise<void> => {
		await Promise.all([app.close(), http.close(), status.lists.stop()]);
		await observations.stop();
		await authority.close();
	};
	return { site, store, authority, rollover, refused, reported, status, registrar, clock, entropy, close };
};

const byCertificate = certificateCaller('tls1.3');
const callerOf = ({ raw: { socket }, headers }: FastifyRequest): Caller => byCertificate(socket, headers);

// As a program: `node est-site.ts FOLDER`; each line on standard input asks, each on standard output answers.
if (process.argv[1] === import.meta.filename) {
	const { registrar, clock, store, close } = await openEstSite(process.argv[2] ?? '');
	for await (const line of createInterface({ input: process.stdin })) {
		const [verb, argument = ''] = line.split(' ');
		if (verb === 'device') process.stdout.write(`${(await registrar.expectDevice('hall', argument)).commissioning}\n`);
		if (verb === 'reader') process.stdout.write(`${(await registrar.expectReader('hall', argument)).commissioning}\n`);
		if (verb === 'advance') {
			clock.offset += Number(argument);
			process.stdout.write('advanced\n');
		}
		if (verb === 'certificates') {
			const found = await store.certificates({ kind: 'device', application: 'hall', id: argument });
			process.stdout.write(`${found.length}\n`);
		}
	}
	await close();
}
