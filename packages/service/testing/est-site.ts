import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TLSSocket } from 'node:tls';
import { parsePolicy } from '@keyward/core/policy';
import { openMemoryStore } from '@keyward/store';
import fastify, { type FastifyRequest } from 'fastify';
import { openAuthority } from '../authority/authority.ts';
import { createDeviceLife } from '../lives/device.ts';
import type { Caller } from '../live/door.ts';
import { est } from '../listen/est.ts';

export const policyText = (mode: 'enforce' | 'report' = 'enforce', authenticity = 2): string => `
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

/** A registrar over real TLS with everything behind it, on a port that the system chose. */
export const openEstSite = async (folder: string) => {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
	const clock = { offset: 0, now: () => Date.now() + clock.offset };
	const store = openMemoryStore();
	const site = { policy: parsePolicy(policyText()), url: '' };
	const authority = await openAuthority({
		folder: join(folder, 'authority'),
		clock,
		entropy,
		applications: ['hall'],
		hostNames: [],
	});
	const life = createDeviceLife({
		store,
		authority,
		clock,
		entropy,
		policyOf: (application) => (application === 'hall' ? site.policy : null),
		published: new Map(),
		urls: () => ({ service: site.url, mqtt: 'mqtts://localhost:8883' }),
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
	const door = {
		caCertificates: async () => authority.certificates(),
		enrol: (csr: Uint8Array, token: string) => life.enrol(csr, token),
		renew: async (csr: Uint8Array, caller: Caller) =>
			life.renew(csr, caller.kind === 'certificate' ? caller.fingerprint : ''),
	};
	await app.register(est, { door, callerOf });
	await app.listen({ host: '127.0.0.1', port: 0 });
	site.url = `https://localhost:${(app.server.address() as AddressInfo).port}`;
	return { site, store, authority, life, clock, entropy, close: () => app.close() };
};

const callerOf = ({ raw: { socket } }: FastifyRequest): Caller => {
	const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
	return certificate === undefined
		? { kind: 'anonymous' }
		: { kind: 'certificate', fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase() };
};

// As a program: `node est-site.ts FOLDER`; each line on standard input asks, each on standard output answers.
if (process.argv[1] === import.meta.filename) {
	const { life, clock, store, close } = await openEstSite(process.argv[2] ?? '');
	for await (const line of createInterface({ input: process.stdin })) {
		const [verb, argument = ''] = line.split(' ');
		if (verb === 'device') process.stdout.write(`${(await life.expectDevice('hall', argument)).commissioning}\n`);
		if (verb === 'reader') process.stdout.write(`${(await life.expectReader('hall', argument)).commissioning}\n`);
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
