import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { days, Problem } from '@keyward/core';
import { principalCertificate } from '@keyward/core/enrol';
import { encodePem } from '@keyward/core/format';
import type { AuthorityStore } from '@keyward/core/port';
import { createFileKey } from '@keyward/custody';
import { needsSoftHsm, SOFTHSM_MODULE, type SoftHsm, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { type Authority, type AuthorityOptions, openAuthority } from './authority.ts';
import { certify } from './certified-key.ts';

export const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };

export interface Scene {
	readonly folder: string;
	readonly hsm: SoftHsm | null;
	/** Where its CAs are. */
	readonly store: AuthorityStore;
	open(more?: Partial<AuthorityOptions>): Promise<Authority>;
}

const openssl = (...args: string[]) => spawnSync('openssl', args, { encoding: 'utf8' });

export const refuses = (promise: Promise<unknown>, code: string): Promise<void> =>
	assert.rejects(promise, (error) => {
		assert.ok(error instanceof Problem, String(error));
		assert.equal(error.code, code, error.detail);
		return true;
	});

/** The same story with keys in files and in a token. */
export const inBoth = (title: string, story: (t: TestContext, scene: Scene) => Promise<void>): void => {
	for (const custody of ['file', 'pkcs11'] as const) {
		test(`${custody}: ${title}`, async (t) => {
			if (custody === 'pkcs11' && !needsSoftHsm(t)) return;
			const folder = await mkdtemp(join(tmpdir(), 'keyward-rollover-'));
			const hsm = custody === 'pkcs11' ? await startSoftHsm() : null;
			const opened: Authority[] = [];
			t.after(async () => {
				for (const authority of opened) await authority.close();
				await hsm?.close();
				await rm(folder, { recursive: true, force: true });
			});
			await story(t, {
				folder,
				hsm,
				store: inventoryAt(folder),
				open: async (more = {}) => {
					for (const authority of opened.splice(0)) await authority.close();
					const authority = await openAuthority({
						folder: join(folder, 'authority'),
						store: inventoryAt(folder),
						clock: { now: () => Date.now() },
						entropy,
						applications: ['hall'],
						hostNames: [],
						...(hsm !== null && {
							custody: { custody: 'pkcs11', module: SOFTHSM_MODULE, token: hsm.token, pinFile: hsm.pinFile },
						}),
						...more,
					});
					opened.push(authority);
					return authority;
				},
			});
		});
	}
};

export const device = async (authority: Authority, folder: string, id: string): Promise<Uint8Array> => {
	const { certificate, signer } = await authority.issuing('hall');
	const { publicKey } = await createFileKey(join(folder, 'device', id), 'key', 'P-256');
	const name = { kind: 'device', application: 'hall', id } as const;
	const terms = { now: Date.now(), lifetime: days(7) };
	return (await certify(principalCertificate(name, publicKey, certificate, terms, entropy), signer)).der;
};

/** True when openssl builds a path from the leaf to one of the anchors. */
export const leads = async (
	folder: string,
	purpose: 'sslclient' | 'sslserver',
	leaf: Uint8Array,
	between: readonly Uint8Array[],
	anchors: readonly Uint8Array[],
): Promise<boolean> => {
	const pem = (certificates: readonly Uint8Array[]): string =>
		certificates.map((der) => encodePem('CERTIFICATE', der)).join('');
	const file = async (name: string, certificates: readonly Uint8Array[]): Promise<string> => {
		const path = join(folder, `${name}.pem`);
		await writeFile(path, pem(certificates));
		return path;
	};
	const untrusted = between.length === 0 ? [] : ['-untrusted', await file('between', between)];
	const args = ['-x509_strict', '-purpose', purpose, '-CAfile', await file('anchors', anchors), ...untrusted];
	return openssl('verify', ...args, await file('leaf', [leaf])).status === 0;
};

export const chainOf = ({ tls }: Authority): Uint8Array[] =>
	tls.cert
		.split(/(?<=-----END CERTIFICATE-----\n)/)
		.map((pem) => new Uint8Array(Buffer.from(pem.replace(/-----.*-----|\n/g, ''), 'base64')));

export const states = (authority: Authority, name: Parameters<Authority['held']>[0]): string[] =>
	authority.held(name).map(({ generation }) => `${generation.number} ${generation.state}`);
