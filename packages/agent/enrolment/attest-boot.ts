import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type Milliseconds, minutes, Problem } from '@keyward/core';
import { openIdentity } from '../identity/identity.ts';
import { sendRequest } from './send-request.ts';

/** Three looks within the hour that the strictest level asks for (catalogue: boot-verified). */
export const BOOT_EVERY: Milliseconds = minutes(20);

export type BootEvent =
	/** The service found by the TPM's word that this machine started that release. */
	| { readonly event: 'boot-attested'; readonly release: string }
	| { readonly event: 'boot-refused'; readonly code: ErrorCode; readonly detail: string };

/**
 * Shows the service again and again how this machine started, where its key is in a TPM that a manufacturer vouches for. Tells the first
 * of each outcome.
 */
export const attestBoots = async (
	folder: string,
	securityfs: string,
	every: Milliseconds,
	report: (event: BootEvent) => void,
	signal: AbortSignal,
): Promise<void> => {
	let told = '';
	const tell = (event: BootEvent): void => {
		const text = JSON.stringify(event);
		if (text !== told) report(event);
		told = text;
	};
	while (!signal.aborted) {
		try {
			const identity = await openIdentity(folder);
			if (identity.hardware?.custody !== 'tpm2' || !identity.attested) return;
			const { release } = await sendRequest(identity, { certify: null, boot: securityfs });
			if (release !== null) tell({ event: 'boot-attested', release });
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			if (error.code !== 'site-unreachable') tell({ event: 'boot-refused', code: error.code, detail: error.detail });
		}
		await sleep(every, undefined, { signal }).catch(() => {});
	}
};
