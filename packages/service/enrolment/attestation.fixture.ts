import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { type Manufacturer, partOfEndorsementKey, qualifyingData } from '@keyward/core/attest';
import { parseCommissioning } from '@keyward/core/enrol';
import { buildCsr, decodePem } from '@keyward/core/format';
import { parsePolicy, type Policy } from '@keyward/core/policy';
import type { Signer } from '@keyward/core/port';
import { TPMT_PUBLIC, toSubjectPublicKeyInfo } from '@keyward/core/tpm2';
import type { TestTpm, TestTpmManufacturer } from '@keyward/testing/custody/swtpm';
import {
	activateCredential,
	type AttestationKey,
	certify,
	createAttestationKey,
	createTpm2Key,
	openTpm,
	readEndorsement,
	type Tpm,
	type Tpm2Key,
} from '@keyward/custody/tpm2';
import { openEst } from './est.fixture.ts';

/** As reactor-hall asks: the key in the very TPM that is expected, by its own word. */
export const strictPolicy = (mode: Policy['mode'] = 'enforce'): Policy =>
	parsePolicy(`
application: hall
level: { authenticity: 4, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 1, resistance: 1 }
mode: ${mode}
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [tpm2], streams: [dose-rate] }
`);

const certificatesIn = async (file: string): Promise<Uint8Array[]> =>
	decodePem('CERTIFICATE', await readFile(file, 'utf8'), 'certificate-malformed');

/** The manufacturer of test TPMs by its root, as a site names it. */
export const emulatorOf = async ({ rootFile }: TestTpmManufacturer, name = 'test emulator'): Promise<Manufacturer> => ({
	name,
	anchors: await certificatesIn(rootFile),
	emulated: true,
});

/** A registrar of the strict policy that believes these manufacturers. */
export const openStrictSite = async (t: TestContext, manufacturers: readonly Manufacturer[]) => {
	const site = await openEst(t, { trust: { manufacturers, revoked: new Set(), deniedFirmware: [] } });
	site.site.policy = strictPolicy();
	return {
		...site,
		/** Expects a device as this part, and gives its token. */
		expectPart: async (id: string, part: string): Promise<string> =>
			parseCommissioning((await site.registrar.expectDevice('hall', id, undefined, part)).commissioning).token,
	};
};

/** What a device with a TPM has. */
export interface TpmDevice {
	readonly tpm: Tpm;
	readonly part: string;
	readonly key: Tpm2Key;
	readonly attestationKey: AttestationKey;
	/** The TPM's own certificate, then its issuer's. */
	readonly chain: readonly Uint8Array[];
}

/** Makes its keys in a TPM by that manufacturer. */
export const makeTpmDevice = async (
	t: TestContext,
	swtpm: TestTpm,
	manufacturer: TestTpmManufacturer,
): Promise<TpmDevice> => {
	const tpm = openTpm(swtpm.tcti);
	t.after(() => tpm.close());
	const { kind, publicArea, certificate } = await readEndorsement(tpm);
	const folder = join(swtpm.folder, 'keys');
	return {
		tpm,
		part: partOfEndorsementKey(toSubjectPublicKeyInfo(publicArea)),
		key: await createTpm2Key(tpm, folder, 'device'),
		attestationKey: await createAttestationKey(tpm, folder, 'attestation', kind),
		chain: [certificate ?? new Uint8Array(), ...(await certificatesIn(manufacturer.issuerFile))],
	};
};

export interface Reply {
	readonly status: number;
	/** Of a refusal. */
	readonly code: string | null;
	readonly text: string;
}

export interface Connection {
	readonly exporter: Uint8Array;
	post(operation: string, body: string | object): Promise<Reply>;
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** One TLS connection to the site, under a token. */
export const connect = async (
	t: TestContext,
	{ site, serviceCa }: Pick<Awaited<ReturnType<typeof openEst>>, 'site' | 'serviceCa'>,
	token: string,
): Promise<Connection> => {
	const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: serviceCa });
	t.after(() => agent.destroy());
	let exporter = new Uint8Array();
	const ask = async (method: string, operation: string, body: string): Promise<Reply> => {
		const asked = request(`${site.url}/.well-known/est/${operation}`, {
			method,
			agent,
			headers: {
				authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}`,
				accept: 'application/json, */*',
			},
		});
		asked.end(body);
		const [answer] = (await once(asked, 'response')) as [IncomingMessage];
		if (exporter.length === 0 && asked.socket instanceof TLSSocket) {
			exporter = new Uint8Array(asked.socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)));
		}
		let text = '';
		for await (const part of answer.setEncoding('utf8')) text += part;
		const status = answer.statusCode ?? 0;
		const { code = null } = status < 400 ? {} : (JSON.parse(text) as { code?: string });
		return { status, code, text };
	};
	await ask('GET', 'csrattrs', '');
	return {
		exporter,
		post: (operation, body) => ask('POST', operation, typeof body === 'string' ? body : JSON.stringify(body)),
	};
};

export const challengeOf = ({ chain, attestationKey }: TpmDevice) => ({
	format: 'tpm2',
	endorsementCertificates: chain.map(base64),
	attestationKey: base64(TPMT_PUBLIC.marshal(attestationKey.publicArea)),
});

/** The nonce in a challenge, as this TPM finds it. */
export const openChallenge = async ({ tpm, attestationKey }: TpmDevice, { text }: Reply): Promise<Uint8Array> => {
	const { credentialBlob, secret } = JSON.parse(text) as Record<string, string>;
	return activateCredential(tpm, attestationKey, {
		credentialBlob: Buffer.from(credentialBlob ?? '', 'base64'),
		secret: Buffer.from(secret ?? '', 'base64'),
	});
};

/** The TPM's word for its key under this nonce, on this connection. */
export const evidenceOf = async (
	{ tpm, key, attestationKey }: TpmDevice,
	nonce: Uint8Array,
	{ exporter }: Pick<Connection, 'exporter'>,
	device = 'hall/probe-1',
) => {
	const data = qualifyingData({ nonce, exporter, publicKey: key.publicKey, device });
	const { attest, signature } = await certify(tpm, key, attestationKey, data);
	return {
		key: base64(TPMT_PUBLIC.marshal(key.publicArea)),
		attest: base64(attest),
		signature: base64(signature),
	};
};

export const csrOf = async (signer: Signer): Promise<string> => base64(await buildCsr({ subject: [] }, signer));

/** All three steps; the reply to the last, or to the first that was refused. */
export const enrolAttested = async (device: TpmDevice, connection: Connection, id = 'probe-1'): Promise<Reply> => {
	const challenge = await connection.post('challenge', challengeOf(device));
	if (challenge.status !== 200) return challenge;
	const nonce = await openChallenge(device, challenge);
	const shown = await connection.post('evidence', await evidenceOf(device, nonce, connection, `hall/${id}`));
	return shown.status === 204 ? connection.post('simpleenroll', await csrOf(device.key)) : shown;
};
