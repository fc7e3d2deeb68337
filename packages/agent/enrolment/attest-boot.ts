import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type Milliseconds, minutes, Problem } from '@keyward/core';
import { openIdentity } from '../identity/identity.ts';
import { sendRequest } from './send-request.ts';

/** Three looks within the hour that the strictest level asks for (catalogue: boot-verified). */
export const BOOT_EVERY: Milliseconds = minutes(20);

export type BootEvent =
	/** The service found by the TPM's word that this machine started that release. */
	| { readonly event: 'boot-attested'; readonly release: string }
	| { readonly event: 'boot-refused'; readonly code: ErrorCode; readonly detail: string }
	/** The service has its TPM's word on the security floor. */
	| { readonly event: 'floor-attested' }
	| { readonly event: 'floor-refused'; readonly code: ErrorCode; readonly detail: string };

export interface AttestBootsOptions {
	readonly folder: string;
	/** Where Linux shows its logs of the boot. */
	readonly securityfs: string;
	readonly every: Milliseconds;
	/** Whether the TPM keeps a security floor. */
	readonly countsFloor: () => Promise<boolean>;
}

/**
 * Shows the service again and again how this machine started, and the security floor that its TPM counts where it takes updates, if its
 * key is in a TPM that a manufacturer vouches for. Tells the first of each outcome.
 */
export const attestBoots = async (
	options: AttestBootsOptions,
	report: (event: BootEvent) => void,
	signal: AbortSignal,
): Promise<void> => {
	const { folder, securityfs, every } = options;
	const told = new Map<string, string>();
	const tell = (of: 'boot' | 'floor', event: BootEvent): void => {
		const text = JSON.stringify(event);
		if (text !== told.get(of)) report(event);
		told.set(of, text);
	};
	/** One is refused, and the other is shown all the same. */
	const during = async (of: 'boot' | 'floor', what: () => Promise<BootEvent | null>): Promise<void> => {
		try {
			const event = await what();
			if (event !== null) tell(of, event);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			const { code, detail } = error;
			if (code !== 'site-unreachable') tell(of, { event: `${of}-refused`, code, detail });
		}
	};
	while (!signal.aborted) {
		const identity = await openIdentity(folder).catch((error: unknown) => {
			if (!(error instanceof Problem)) throw error;
			tell('boot', { event: 'boot-refused', code: error.code, detail: error.detail });
			return null;
		});
		if (identity !== null) {
			if (identity.hardware?.custody !== 'tpm2' || !identity.attested) return;
			await during('boot', async () => {
				const { release } = await sendRequest(identity, { certify: null, boot: securityfs });
				return release === null ? null : { event: 'boot-attested', release };
			});
			if (!signal.aborted)
				await during('floor', async () => {
					if (!(await options.countsFloor())) return null;
					const { attested } = await sendRequest(identity, { certify: null, floor: true });
					return attested ? { event: 'floor-attested' } : null;
				});
		}
		await sleep(every, undefined, { signal }).catch(() => {});
	}
};
