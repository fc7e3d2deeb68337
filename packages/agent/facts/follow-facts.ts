import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type Milliseconds, minutes, Problem } from '@keyward/core';
import type { DeviceReport } from '@keyward/core/device';
import { callSite } from '../enrolment/call-site.ts';
import { openIdentity } from '../identity/identity.ts';
import { gatherReport } from './gather.ts';

/** Three times within the hour in which a boot speaks for a report (`service/evidence/device-facts.ts`). */
export const FACTS_EVERY: Milliseconds = minutes(20);
const TRY_AGAIN: Milliseconds = minutes(1);

export type FactsEvent =
	/** The site has what this machine is. Told when that is other than before. */
	| { readonly event: 'facts'; readonly report: DeviceReport }
	/** The first of its code until it went well again. */
	| { readonly event: 'facts-failed'; readonly code: ErrorCode; readonly detail: string };

/** Tells the site again and again what this machine is, until stopped. What goes wrong with it is told, and never ends the device. */
export const followFacts = async (
	folder: string,
	scope: DeviceReport['scope'],
	tell: (event: FactsEvent) => void,
	signal: AbortSignal,
): Promise<void> => {
	let told = '';
	let failed: ErrorCode | null = null;
	while (!signal.aborted) {
		let pause = FACTS_EVERY;
		try {
			const report = await gatherReport(scope);
			await callSite(await openIdentity(folder), { operation: 'device.report', input: report });
			failed = null;
			const text = JSON.stringify(report);
			if (text !== told) tell({ event: 'facts', report });
			told = text;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			if (error.code !== failed && error.code !== 'site-unreachable')
				tell({ event: 'facts-failed', code: error.code, detail: error.detail });
			failed = error.code;
			pause = TRY_AGAIN;
		}
		await sleep(pause, undefined, { signal }).catch(() => {});
	}
};
