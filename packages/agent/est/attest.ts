import { Problem } from '@keyward/core';
import { qualifyingData } from '@keyward/core/attest';
import { decodeBase64 } from '@keyward/core/format';
import type { Credential } from '@keyward/core/tpm2';
import type { Attestor } from '../hardware/attestor.ts';
import type { EstConnection } from './connection.ts';

/** What is to be shown: by whom, for which key and device. */
export interface Attestation {
	readonly attestor: Attestor;
	/** SubjectPublicKeyInfo, DER. */
	readonly publicKey: Uint8Array;
	/** `{application}/{device}`. */
	readonly device: string;
}

/**
 * Shows on this connection that the key is in its part (docs/attestation.md). `headers` authorise it as the enrolment that
 * follows. Throws what the service refuses with and what the part fails with.
 */
export const showEvidence = async (
	connection: EstConnection,
	{ attestor, publicKey, device }: Attestation,
	headers: Readonly<Record<string, string>>,
): Promise<void> => {
	const post = (operation: string, body: object): Promise<string> =>
		connection.ask('POST', operation, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body));
	const answer = await post('challenge', {
		format: 'tpm2',
		endorsementCertificates: attestor.endorsementCertificates.map(base64),
		attestationKey: base64(attestor.attestationKey),
	});
	const nonce = await attestor.answer(readChallenge(answer));
	const exporter = new Uint8Array(Buffer.from(connection.binding, 'base64'));
	const { key, attest, signature } = await attestor.certify(qualifyingData({ nonce, exporter, publicKey, device }));
	await post('evidence', { key: base64(key), attest: base64(attest), signature: base64(signature) });
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const readChallenge = (text: string): Credential => {
	const { credentialBlob, secret } = parse(text);
	if (typeof credentialBlob !== 'string' || typeof secret !== 'string') {
		throw new Problem('request-malformed', 'The service answered with no challenge: is it a Keyward service?');
	}
	return {
		credentialBlob: decodeBase64(credentialBlob, 'request-malformed'),
		secret: decodeBase64(secret, 'request-malformed'),
	};
};

const parse = (text: string): { readonly credentialBlob?: unknown; readonly secret?: unknown } => {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? value : {};
	} catch {
		return {};
	}
};
