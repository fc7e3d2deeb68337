import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import type { DeviceReport, Instrument } from '@keyward/core/device';
import { callSite } from '../enrolment/call-site.ts';
import { openIdentity } from '../identity/identity.ts';
import { parseDebugLocks } from './debug-interfaces.ts';
import { gatherReport } from './machine-report.ts';
import { chassisSwitches, parseTamperSwitches } from './tamper-switch.ts';
import { openTamperWatch } from './tamper-watch.ts';

/** Three times within the hour in which a boot speaks for a report (`service/evidence/device-facts.ts`). */
export const FACTS_EVERY: Milliseconds = minutes(20);
const TRY_AGAIN: Milliseconds = minutes(1);
/** An alarm is worth more tries. */
const ALARM_AGAIN: Milliseconds = seconds(5);
const LOOK_EVERY: Milliseconds = seconds(1);

/** What a device tells of its machine. */
export interface FactsOptions {
	readonly scope: DeviceReport['scope'];
	/** As `parseTamperSwitches` reads them, beside those that the machine's hardware monitors have. */
	readonly tamper?: readonly string[];
	/** As `parseDebugLocks` reads them. */
	readonly debugLocks?: readonly string[];
	/** What it measures with that is outside this machine. */
	readonly instruments?: readonly Instrument[];
}

export type FactsEvent =
	/** The site has what this machine is. Told when that is other than before. */
	| { readonly event: 'facts'; readonly report: DeviceReport }
	/** The case was found open. It is on the disk, and the site will hear of it. */
	| { readonly event: 'tamper'; readonly opened: readonly string[] }
	/** The first of its code until it went well again. */
	| { readonly event: 'facts-failed'; readonly code: ErrorCode; readonly detail: string };

/**
 * Tells the site again and again what this machine is, and at once when its case is opened, until stopped. What goes wrong with it is
 * told, and never ends the device.
 */
export const followFacts = async (
	folder: string,
	{ scope, tamper = [], debugLocks = [], instruments = [] }: FactsOptions,
	tell: (event: FactsEvent) => void,
	signal: AbortSignal,
): Promise<void> => {
	const switches = [...parseTamperSwitches(tamper), ...(scope === 'machine' ? await chassisSwitches() : [])];
	const locks = parseDebugLocks(debugLocks);
	const watch = await openTamperWatch(folder, switches);
	let wake = new AbortController();
	let told = '';
	let failed: ErrorCode | null = null;
	/** Never rejects but for a bug. */
	const during = async (what: () => Promise<void>): Promise<boolean> => {
		try {
			await what();
			failed = null;
			return true;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			if (error.code !== failed && error.code !== 'site-unreachable')
				tell({ event: 'facts-failed', code: error.code, detail: error.detail });
			failed = error.code;
			return false;
		}
	};
	const look = async (): Promise<void> => {
		const opened = await watch.look();
		if (opened.length === 0) return;
		tell({ event: 'tamper', opened });
		wake.abort();
	};
	const looking = async (): Promise<void> => {
		while (!signal.aborted) {
			await during(look);
			await sleep(LOOK_EVERY, undefined, { signal }).catch(() => {});
		}
	};
	const report = async (): Promise<void> => {
		const inputs = watch.inputs();
		const found = { ...(await gatherReport(scope, locks)), tamper: inputs };
		const send = (input: DeviceReport) =>
			openIdentity(folder).then((identity) => callSite(identity, { operation: 'device.report', input }));
		// A site of an earlier version takes no word of instruments.
		await send(instruments.length === 0 ? found : { ...found, instruments }).catch((error: unknown) => {
			if (instruments.length === 0 || !(error instanceof Problem) || error.code !== 'request-malformed') throw error;
			return send(found);
		});
		await watch.told(inputs);
		const text = JSON.stringify(found);
		// The last that a run says is its status.
		if (text !== told && !signal.aborted) tell({ event: 'facts', report: found });
		told = text;
	};
	const reporting = async (): Promise<void> => {
		while (!signal.aborted) {
			wake = new AbortController();
			const went = await during(report);
			const pause = went ? FACTS_EVERY : watch.inputs().some(({ opened }) => opened) ? ALARM_AGAIN : TRY_AGAIN;
			const until = AbortSignal.any([signal, wake.signal]);
			await sleep(pause, undefined, { signal: until }).catch(() => {});
		}
	};
	await during(look);
	await Promise.all(switches.length === 0 ? [reporting()] : [looking(), reporting()]);
};
