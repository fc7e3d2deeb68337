import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { type Commissioning, parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr, decodeBase64, decodeCertsOnly, encodePem } from '@keyward/core/format';
import type { Signer } from '@keyward/core/port';
import type { TestIdentity } from '@keyward/testing/service/site';
import type { AttackedSite } from './site.ts';

/** A private key that the attacker has in its hands. */
export const signerFor = (privateKey: KeyObject): Signer => ({
	publicKey: new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
	custody: 'software',
	sign: async (bytes) =>
		new Uint8Array(sign(privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, privateKey)),
});

/** What EST answered: certificates in PEM, own first, or a refusal. */
export interface EstAnswer {
	readonly status: number;
	readonly code: string | null;
	readonly text: string;
	/** Empty when it refused. */
	readonly certificate: string;
}

/** EST /simpleenroll with a request in DER, under the token of a commissioning string. */
export const simpleEnroll = async (
	site: Pick<AttackedSite, 'https'>,
	{ token }: Pick<Commissioning, 'token'>,
	csr: Uint8Array,
): Promise<EstAnswer> => {
	const { status, code, text } = await site.https({
		method: 'POST',
		path: '/.well-known/est/simpleenroll',
		headers: {
			authorization: `Basic ${Buffer.from(`keyward:${token}`).toString('base64')}`,
			'content-type': 'application/pkcs10',
		},
		body: Buffer.from(csr).toString('base64'),
	});
	const chain = status === 200 ? decodeCertsOnly(decodeBase64(text, 'certificate-malformed')) : [];
	return { status, code, text, certificate: chain.map((der) => encodePem('CERTIFICATE', der)).join('') };
};

/** Enrols as a commissioning string allows, with this key. */
export const enrolWith = async (
	site: Pick<AttackedSite, 'https'>,
	commissioning: string,
	privateKey: KeyObject,
): Promise<EstAnswer> => {
	const string = parseCommissioning(commissioning);
	const csr = await buildCsr({ subject: principalSubject(string) }, signerFor(privateKey));
	return simpleEnroll(site, string, csr);
};

/** EST /simplereenroll of `hall/{id}` for this key, under a certificate and its key in PEM. */
export const reenrollWith = async (
	site: Pick<AttackedSite, 'https'>,
	id: string,
	as: Pick<TestIdentity, 'tls'>,
	privateKey: KeyObject,
): Promise<EstAnswer> => {
	const subject = principalSubject({ kind: 'device', application: 'hall', id });
	const csr = await buildCsr({ subject }, signerFor(privateKey));
	return postRenewal(site, as, csr);
};

/** EST /simplereenroll with a request in DER, under a certificate and its key in PEM. */
export const postRenewal = async (
	site: Pick<AttackedSite, 'https'>,
	as: Pick<TestIdentity, 'tls'>,
	csr: Uint8Array,
): Promise<EstAnswer> => {
	const { status, code, text } = await site.https({
		method: 'POST',
		path: '/.well-known/est/simplereenroll',
		headers: { 'content-type': 'application/pkcs10' },
		body: Buffer.from(csr).toString('base64'),
		as,
	});
	const chain = status === 200 ? decodeCertsOnly(decodeBase64(text, 'certificate-malformed')) : [];
	return { status, code, text, certificate: chain.map((der) => encodePem('CERTIFICATE', der)).join('') };
};
