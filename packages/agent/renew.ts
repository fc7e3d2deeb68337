import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type Milliseconds, Problem } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import type { Delivery } from './delivery.ts';
import { refreshServiceCas, renewalPause, renewIfDue } from './enrolment/renewal.ts';
import { openIdentity } from './identity/identity.ts';
import type { RunEvent } from './run-counters.ts';

/** Renews the certificate when it is due, follows the service's CAs, and gives the link what is new. A failure is told once for each code. */
export const renew = async (
	folder: string,
	clock: Clock,
	often: { readonly renew: Milliseconds; readonly serviceCas: Milliseconds },
	delivery: Delivery,
	report: (event: RunEvent) => void,
	signal: AbortSignal,
): Promise<void> => {
	let told: ErrorCode | null = null;
	while (!signal.aborted) {
		let pause = Math.min(often.renew, often.serviceCas);
		try {
			const identity = await openIdentity(folder);
			pause = Math.min(pause, renewalPause(identity));
			if (await refreshServiceCas(identity, clock.now(), often.serviceCas)) await delivery.replaceLink();
			if (await renewIfDue(await openIdentity(folder), clock.now())) {
				report({ event: 'renewed' });
				await delivery.replaceLink();
			}
			told = null;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			if (told !== error.code) report({ event: 'renewal-failed', code: error.code, detail: error.detail });
			told = error.code;
		}
		await sleep(pause, undefined, { signal }).catch(() => {});
	}
};
