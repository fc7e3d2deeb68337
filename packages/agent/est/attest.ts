import { Problem } from '@keyward/core';
import {
	bootQualifyingData,
	clearedQualifyingData,
	clearingQualifyingData,
	floorQualifyingData,
	qualifyingData,
} from '@keyward/core/attest';
import { decodeBase64 } from '@keyward/core/format/pem';
import type { Credential } from '@keyward/core/tpm2';
import type { Attestor } from '../hardware/attestor.ts';
import type { ClearedTpm } from '../hardware/clear-tpm2.ts';
import type { BootLogs } from '../hardware/boot-logs.ts';
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
	const { nonce, exporter } = await askNonce(connection, attestor, headers);
	const { key, attest, signature } = await attestor.certify(qualifyingData({ nonce, exporter, publicKey, device }));
	await post(connection, 'evidence', headers, {
		...{ key: base64(key), attest: base64(attest), signature: base64(signature) },
	});
};

/**
 * Shows on this connection how the machine started, by its TPM's word and the logs that explain it. Gives the release that the service
 * found it to be; null where the service does not ask. Throws what the service refuses with and what the part fails with.
 */
export const showBoot = async (
	connection: EstConnection,
	attestor: Attestor,
	device: string,
	logs: () => Promise<BootLogs>,
): Promise<string | null> => {
	const { nonce, exporter } = await askNonce(connection, attestor, {});
	const quoted = await attestor.quote(bootQualifyingData(nonce, exporter, device));
	// After the quote: what was measured since is more than it says, and never less.
	const { eventLog, imaList } = await logs();
	const answer = await post(
		connection,
		'boot',
		{},
		{
			attest: base64(quoted.attest),
			signature: base64(quoted.signature),
			pcrs: base64(Buffer.concat([...quoted.values.values()])),
			eventLog: base64(eventLog),
			imaList: base64(imaList),
		},
	);
	const { release } = parse(answer);
	return typeof release === 'string' ? release : null;
};

/** Shows on this connection the security floor that the TPM counts. Throws what the service refuses with and what the part fails with. */
export const showFloor = async (connection: EstConnection, attestor: Attestor, device: string): Promise<void> => {
	const { nonce, exporter } = await askNonce(connection, attestor, {});
	const said = await attestor.floor(floorQualifyingData(nonce, exporter, device));
	const body = Object.fromEntries(
		Object.entries(said).map(([name, bytes]: [string, Uint8Array]) => [name, base64(bytes)]),
	);
	await post(connection, 'floor', {}, body);
};

/**
 * Shows on this connection, under the identity's certificate, that the key is in its TPM and goes when that is cleared. Gives the secret
 * that the device proves itself with after that.
 */
export const showClearing = async (
	connection: EstConnection,
	{ attestor, publicKey, device }: Attestation,
): Promise<string> => {
	const { nonce, exporter } = await askNonce(connection, attestor, {});
	const { key, attest, signature } = await attestor.certify(clearingQualifyingData(nonce, exporter, publicKey, device));
	const parent = await attestor.parent();
	const body = { key: base64(key), attest: base64(attest), signature: base64(signature), parent: base64(parent) };
	const { secret } = parse(await post(connection, 'clearing', {}, body));
	if (typeof secret === 'string') return secret;
	throw new Problem('request-malformed', 'The service answered with no secret: is it a Keyward service?');
};

/** Shows on this connection that the TPM was cleared since. */
export const showCleared = async (
	connection: EstConnection,
	cleared: ClearedTpm,
	device: string,
	secret: string,
): Promise<void> => {
	const password = Buffer.from(`keyward:cleared:${device}:${secret}`, 'utf8').toString('base64');
	const headers = { authorization: `Basic ${password}` };
	const { nonce, exporter } = await askNonce(connection, cleared, headers);
	const { attest, signature } = await cleared.quote(clearedQualifyingData(nonce, exporter, device));
	await post(connection, 'cleared', headers, { attest: base64(attest), signature: base64(signature) });
};

const post = (
	connection: EstConnection,
	operation: string,
	headers: Readonly<Record<string, string>>,
	body: object,
): Promise<string> =>
	connection.ask('POST', operation, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body));

/** A nonce that only this TPM could open, and what names the connection. */
const askNonce = async (
	connection: EstConnection,
	attestor: Pick<Attestor, 'endorsementCertificates' | 'attestationKey' | 'answer'>,
	headers: Readonly<Record<string, string>>,
): Promise<{ readonly nonce: Uint8Array; readonly exporter: Uint8Array }> => {
	const answer = await post(connection, 'challenge', headers, {
		format: 'tpm2',
		endorsementCertificates: attestor.endorsementCertificates.map(base64),
		attestationKey: base64(attestor.attestationKey),
	});
	const nonce = await attestor.answer(readChallenge(answer));
	return { nonce, exporter: new Uint8Array(Buffer.from(connection.binding, 'base64')) };
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

const parse = (
	text: string,
): { readonly credentialBlob?: unknown; readonly secret?: unknown; readonly release?: unknown } => {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? value : {};
	} catch {
		return {};
	}
};
