import { Problem } from '@keyward/core';
import { decodeCertsOnly } from '@keyward/core/format/certs-only';
import { decodeBase64 } from '@keyward/core/format/pem';
import type { Attestor } from '../hardware/attestor.ts';
import type { BootLogs } from '../hardware/boot-logs.ts';
import type { ClearedTpm } from '../hardware/clear-tpm2.ts';
import type { Attestation } from './attest.ts';
import { type EstConnection, type EstService, openEst } from './connection.ts';

/** Makes the DER request for one connection; `binding` goes into its challengePassword (RFC 7030 §3.5, RFC 9266). */
export type MakeCsr = (binding: string) => Promise<Uint8Array>;

/** How a part attests: a hundred modules, which a device whose key is in a file does without. */
const attesting = (): Promise<typeof import('./attest.ts')> => import('./attest.ts');

/** EST /cacerts (RFC 7030 §4.1): DER certificates. */
export const fetchCaCertificates = (service: EstService): Promise<Uint8Array[]> =>
	on(service, async (connection) => certificatesIn(await connection.ask('GET', 'cacerts')));

/**
 * EST /simpleenroll (RFC 7030 §4.2.1) under a one-time token: DER certificates, the new one first. With an attestation, where
 * the key lives is shown before, on the same connection.
 */
export const simpleEnroll = (
	service: EstService,
	token: string,
	makeCsr: MakeCsr,
	attestation: Attestation | null = null,
): Promise<Uint8Array[]> => {
	const credentials = Buffer.from(`keyward:${token}`, 'utf8').toString('base64');
	return enroll(service, 'simpleenroll', { authorization: `Basic ${credentials}` }, makeCsr, attestation);
};

/** EST /simplereenroll (RFC 7030 §4.2.2) under the identity's certificate; for a new key in hardware with its attestation. */
export const simpleReenroll = (
	service: EstService,
	makeCsr: MakeCsr,
	attestation: Attestation | null = null,
): Promise<Uint8Array[]> => enroll(service, 'simplereenroll', {}, makeCsr, attestation);

const enroll = async (
	service: EstService,
	operation: string,
	headers: Readonly<Record<string, string>>,
	makeCsr: MakeCsr,
	attestation: Attestation | null,
): Promise<Uint8Array[]> => {
	const once = (): Promise<Uint8Array[]> =>
		on(service, async (connection) => {
			if (attestation !== null)
				await (await attesting()).showEvidence(connection, attestation, headers).catch(unlessSpent);
			const body = Buffer.from(await makeCsr(connection.binding)).toString('base64');
			const sent = { ...headers, 'content-type': 'application/pkcs10' };
			return certificatesIn(await connection.ask('POST', operation, sent, body));
		});
	try {
		return await once();
	} catch (error) {
		// A slow TPM, or a service that was restarted midway: one more try, from the beginning.
		if (attestation === null || !(error instanceof Problem) || error.code !== 'evidence-stale') throw error;
		return once();
	}
};

/** Shows how the machine started, under the identity's certificate. Gives the release; null where the service does not ask. */
export const attestBoot = (
	service: EstService,
	attestor: Attestor,
	device: string,
	logs: () => Promise<BootLogs>,
): Promise<string | null> =>
	on(service, async (connection) => (await attesting()).showBoot(connection, attestor, device, logs));

/** Shows the security floor that the TPM counts, under the identity's certificate. */
export const attestFloor = (service: EstService, attestor: Attestor, device: string): Promise<void> =>
	on(service, async (connection) => (await attesting()).showFloor(connection, attestor, device));

/** Before a TPM is cleared, under the identity's certificate. Gives the secret for {@link attestCleared}. */
export const attestClearing = (service: EstService, attestation: Attestation): Promise<string> =>
	on(service, async (connection) => (await attesting()).showClearing(connection, attestation));

/** After that, without a certificate. */
export const attestCleared = (
	service: EstService,
	cleared: ClearedTpm,
	device: string,
	secret: string,
): Promise<void> =>
	on(service, async (connection) => (await attesting()).showCleared(connection, cleared, device, secret));

/**
 * A token that was spent opens no challenge: the key was appraised before, and only the answer was lost. The request itself brings
 * it, or is refused with the reason.
 */
const unlessSpent = (error: unknown): void => {
	if (!(error instanceof Problem) || error.code !== 'token-spent') throw error;
};

const on = async <Value>(service: EstService, use: (connection: EstConnection) => Promise<Value>): Promise<Value> => {
	const connection = await openEst(service);
	try {
		return await use(connection);
	} finally {
		connection.close();
	}
};

const certificatesIn = (text: string): Uint8Array[] => decodeCertsOnly(decodeBase64(text, 'certificate-malformed'));
