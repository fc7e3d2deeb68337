import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { type ConnectionOptions, TLSSocket } from 'node:tls';
import { bootQualifyingData, type FloorEvidence, floorQualifyingData, qualifyingData } from '@keyward/core/attest';
import { parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr, decodeBase64, decodeCertsOnly, encodePem } from '@keyward/core/format';
import { signerFor } from './est.ts';
import type { ProgramTpm, Stated } from './program-tpm.ts';
import type { AttackedSite } from './site.ts';

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export interface EstReply {
	readonly status: number;
	readonly text: string;
	/** Of a refusal. */
	readonly code: string | null;
}

/** One TLS connection to EST; what is bound to it counts on it alone. */
export const openEst = async (
	site: Pick<AttackedSite, 'url'>,
	tls: ConnectionOptions,
	headers: Record<string, string>,
) => {
	const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, ...tls });
	let exporter = new Uint8Array();
	const ask = async (method: 'GET' | 'POST', operation: string, body: string): Promise<EstReply> => {
		const asked = request(`${site.url}/.well-known/est/${operation}`, {
			...{ method, agent },
			headers: { ...headers, accept: 'application/json, */*' },
		});
		asked.end(body);
		const [answer] = (await once(asked, 'response')) as [IncomingMessage];
		if (exporter.length === 0 && asked.socket instanceof TLSSocket)
			exporter = new Uint8Array(asked.socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)));
		let text = '';
		for await (const part of answer.setEncoding('utf8')) text += String(part);
		const status = answer.statusCode ?? 0;
		const code = status < 400 ? null : ((JSON.parse(text) as { code?: string }).code ?? null);
		return { status, text, code };
	};
	await ask('GET', 'csrattrs', '');
	return {
		exporter: (): Uint8Array => exporter,
		post: (operation: string, body: string) => ask('POST', operation, body),
		close: () => agent.destroy(),
	};
};

export const challenge = async (
	est: Awaited<ReturnType<typeof openEst>>,
	tpm: ProgramTpm,
	endorsement: readonly Uint8Array[],
): Promise<Uint8Array | EstReply> => {
	const body = {
		format: 'tpm2',
		endorsementCertificates: endorsement.map(base64),
		attestationKey: base64(tpm.attestationKey),
	};
	const posed = await est.post('challenge', JSON.stringify(body));
	if (posed.status !== 200) return posed;
	const { credentialBlob = '', secret = '' } = JSON.parse(posed.text) as Record<string, string>;
	return tpm.activate(Buffer.from(credentialBlob, 'base64'), Buffer.from(secret, 'base64'));
};

/** Enrols `hall/{id}` with the key in this TPM, attested; its certificate and key in PEM. Throws with the refusal. */
export const enrolAttested = async (
	site: Pick<AttackedSite, 'url'>,
	commissioning: string,
	tpm: ProgramTpm,
	endorsement: readonly Uint8Array[],
): Promise<{ readonly cert: string; readonly key: string }> => {
	const string = parseCommissioning(commissioning);
	const authorization = `Basic ${Buffer.from(`keyward:${string.token}`).toString('base64')}`;
	const est = await openEst(site, {}, { authorization });
	try {
		const nonce = await challenge(est, tpm, endorsement);
		if (!(nonce instanceof Uint8Array)) throw new Error(nonce.text);
		const signer = signerFor(tpm.deviceKey);
		const device = `${string.application}/${string.id}`;
		const data = qualifyingData({ nonce, exporter: est.exporter(), publicKey: signer.publicKey, device });
		const { attest, signature } = tpm.certify(data);
		const evidence = { key: base64(tpm.deviceArea), attest: base64(attest), signature: base64(signature) };
		const shown = await est.post('evidence', JSON.stringify(evidence));
		if (shown.status !== 204) throw new Error(shown.text);
		const issued = await est.post(
			'simpleenroll',
			base64(await buildCsr({ subject: principalSubject(string) }, signer)),
		);
		if (issued.status !== 200) throw new Error(issued.text);
		const chain = decodeCertsOnly(decodeBase64(issued.text, 'certificate-malformed'));
		return {
			cert: chain.map((der) => encodePem('CERTIFICATE', der)).join(''),
			key: String(tpm.deviceKey.export({ type: 'pkcs8', format: 'pem' })),
		};
	} finally {
		est.close();
	}
};

/** Shows the service how `hall/{id}` started, under its certificate, by the word of this TPM. */
export const showBoot = async (
	site: Pick<AttackedSite, 'url'>,
	device: string,
	tls: { readonly cert: string; readonly key: string },
	tpm: ProgramTpm,
	endorsement: readonly Uint8Array[],
	pcrs: ReadonlyMap<number, Uint8Array>,
	{
		eventLog = new Uint8Array(),
		say = (data) => tpm.quote(data, pcrs),
	}: { readonly eventLog?: Uint8Array; readonly say?: (qualifyingData: Uint8Array) => Stated } = {},
): Promise<EstReply> => {
	const est = await openEst(site, tls, {});
	try {
		const nonce = await challenge(est, tpm, endorsement);
		if (!(nonce instanceof Uint8Array)) return nonce;
		const { attest, signature } = say(bootQualifyingData(nonce, est.exporter(), device));
		return await est.post(
			'boot',
			JSON.stringify({
				...{ attest: base64(attest), signature: base64(signature), eventLog: base64(eventLog), imaList: '' },
				pcrs: base64(Buffer.concat([...pcrs.values()])),
			}),
		);
	} finally {
		est.close();
	}
};

/**
 * Shows the service a security floor for `hall/{id}`, under its certificate, by the challenge of this TPM. `say` makes the evidence for the
 * qualifying data that is asked for.
 */
export const showFloor = async (
	site: Pick<AttackedSite, 'url'>,
	device: string,
	tls: { readonly cert: string; readonly key: string },
	{ tpm, endorsement }: { readonly tpm: ProgramTpm; readonly endorsement: readonly Uint8Array[] },
	say: (qualifyingData: Uint8Array) => FloorEvidence,
): Promise<EstReply> => {
	const est = await openEst(site, tls, {});
	try {
		const nonce = await challenge(est, tpm, endorsement);
		if (!(nonce instanceof Uint8Array)) return nonce;
		const said = say(floorQualifyingData(nonce, est.exporter(), device));
		const body = Object.entries(said).map(([name, bytes]: [string, Uint8Array]) => [name, base64(bytes)]);
		return await est.post('floor', JSON.stringify(Object.fromEntries(body)));
	} finally {
		est.close();
	}
};
