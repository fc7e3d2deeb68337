import { hours, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import { findClockKeeper } from './clock/clock-keeper.ts';
import { Dating } from './clock/dating.ts';
import { type MachineClock, thisMachine } from './clock/machine-clock.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { deviceCommands } from './command/device-commands.ts';
import { Delivery } from './delivery.ts';
import { openIdentity } from './identity/identity.ts';
import { KeyChange } from './enrolment/key-change.ts';
import { attestBoots, BOOT_EVERY } from './enrolment/attest-boot.ts';
import { type FactsOptions, followFacts } from './facts/follow-facts.ts';
import { SECURITYFS } from './hardware/boot-logs.ts';
import { defaultSettings, type LinkSettings } from './link/message.ts';
import { claimProbe } from './link/probe-history.ts';
import { finalRefusal } from './link/reason.ts';
import { monotonic } from './link/monotonic.ts';
import { defaultLimits, Outbox, type OutboxLimits } from './outbox/outbox.ts';
import { followLock, protectOutbox } from './outbox/protect-outbox.ts';
import type { PackFormat } from './outbox/pack.ts';
import { openOwnerTime } from './roster/owner-time.ts';
import type { SealerOptions } from './seal/sealer-options.ts';
import { startSealing, startSigning } from './seal/sealing.ts';
import { toldBy } from './seal/last-stored.ts';
import { exercisePart } from './enrolment/exercise-part.ts';
import { renew } from './renew.ts';
import { checkSample } from './source/check-sample.ts';
import type { Source } from './sample/source.ts';
import { noteSource, type SourceDescription } from './source-history.ts';
import { type RunCounters, type RunEvent, Tally } from './run-counters.ts';
import { ASKED_EVERY, followAsked } from './update/follow-asked.ts';
import { followUpdates } from './update/follow-updates.ts';
import { readUpdateSettings } from './update/settings.ts';

export interface RunOptions {
	/** The device folder that `commission` made. */
	readonly folder: string;
	readonly source: Source;
	/** Kept in the folder, from when on it holds; nothing is kept when it is left out. */
	readonly described?: SourceDescription;
	/** This machine's wall clock. */
	readonly clock: Clock;
	/** All its clocks, where they are other than `thisMachine`; what `stationClockOf` makes of them is for the source. */
	readonly machine?: MachineClock;
	/** Aborted to stop: what was taken stays in the outbox. */
	readonly signal: AbortSignal;
	readonly report: (event: RunEvent) => void;
	/** Ends when the source has ended and nothing waits; else runs until stopped. */
	readonly untilDrained?: boolean;
	readonly format?: PackFormat;
	/** Lets readings that were refused in earlier runs wait again. */
	readonly retryRefused?: boolean;
	readonly limits?: OutboxLimits;
	/** What is other than usual (`defaultSettings`). */
	readonly link?: Partial<LinkSettings>;
	/** How often it is looked whether the certificate is due for renewal, and the counters are reported. */
	readonly renewEvery?: Milliseconds;
	readonly statusEvery?: Milliseconds;
	/** How often these are asked for: the owner's roster (a minute unless said), the service's CAs (a day), what the site wants of keys (20 minutes). */
	readonly rosterEvery?: Milliseconds;
	readonly serviceCasEvery?: Milliseconds;
	readonly askedEvery?: Milliseconds;
	/** Where Linux shows its logs of the boot, and how often the boot is shown to the service. */
	readonly securityfs?: string;
	readonly bootEvery?: Milliseconds;
	/** Follows updates also where the folder's settings do not say so; never where it has none (docs/updates.md). */
	readonly update?: boolean;
	/** What it tells the site of its machine; nothing where it is left out. */
	readonly facts?: FactsOptions;
}

/**
 * Runs a device: source → outbox → link, renewal beside it, until stopped, drained or failed. Gives the counters.
 * Throws `Problem('identity-file')` when the folder is no device's, `Problem('store-in-use')` when another agent runs on
 * it, `Problem('outbox-corrupt')`, and what the source throws. When another agent takes the identity's session, it comes back after a pause.
 */
export const runDevice = async (options: RunOptions): Promise<RunCounters> => {
	const { folder, source, report } = options;
	const identity = await openIdentity(folder);
	if (identity.kind !== 'device') {
		throw new Problem('identity-file', `${folder} is a reader's; run a device in the folder it was commissioned in`);
	}
	// The outbox is the folder's lock: it comes before anything that acts on the identity.
	using outbox = new Outbox(folder, options.limits ?? defaultLimits);
	if (options.retryRefused === true) outbox.retryRefused();

	const tally = new Tally(outbox, report);
	const warn = (problem: Problem): void => tally.warn(problem);
	// Before anything is kept or sent.
	await protectOutbox(identity, outbox, warn);
	const stop = new AbortController();
	const machine: MachineClock = options.machine ?? {
		boot: thisMachine.boot,
		tick: () => thisMachine.tick(),
		wall: () => options.clock.now(),
	};
	const dating = new Dating({
		outbox,
		machine,
		certified: identity.leaf.notBefore,
		findKeeper: findClockKeeper,
		report,
		// A reading that another of its time keeps out.
		complain: (problem) => tally.complain(problem),
	});
	const clocks = [() => machine.tick(), () => dating.now()] as const;
	const ownerTime = await openOwnerTime(identity, ...clocks);
	if (options.described !== undefined && (await noteSource(folder, options.described, dating.now())))
		report({ event: 'source-changed', described: options.described });
	const signal = AbortSignal.any([options.signal, stop.signal]);
	const failed = Promise.withResolvers<never>();
	failed.promise.catch(() => {});
	const drained = Promise.withResolvers<void>();
	let ended = false;
	const lookDrained = (): void => {
		if (options.untilDrained === true && ended && outbox.waiting === 0) drained.resolve();
	};
	const refused: NonNullable<SealerOptions['refused']> = (reading, { code, detail }) => {
		tally.refuse(reading, code, detail);
		lookDrained();
	};

	const obey = await deviceCommands(
		identity,
		() => ownerTime.now(),
		(receipt) => report({ event: 'command', receipt }),
	);
	const onCommand = (message: Uint8Array): void =>
		void obey?.(message).then(
			(receipt) => receipt !== null && delivery.receipt(receipt),
			// A token that is away, a disk that is full: nothing was begun, the command comes again, and readings go on.
			(error: unknown) => (error instanceof Problem ? warn(error) : failed.reject(error)),
		);
	// Before it can be connected: a new version counts its start first.
	const exercise = exercisePart(folder, report, () => delivery.replaceLink());
	const updates = await followUpdates({
		...{ identity, report, now: () => ownerTime.now(), wanted: options.update === true, exercise },
	});
	const software = { ...defaultSettings.software, version: updates?.version ?? null };
	const settings: LinkSettings = { ...defaultSettings, software, ...options.link };
	let wake = (): void => {};
	// Before anything can leave: what is to be sealed never goes as it is.
	const ground = {
		...{ identity, outbox, machine, dating: ownerTime, disputed: () => dating.disputed },
		...{ complain: warn, refused, wake: () => wake() },
	};
	const sealing = await startSealing({
		...ground,
		...(options.rosterEvery !== undefined && { every: options.rosterEvery }),
	});
	const signing = startSigning(ground, sealing);
	const delivery: Delivery = new Delivery({
		...(obey !== null && { onCommand }),
		folder,
		application: identity.application,
		device: identity.id,
		outbox,
		format: options.format ?? 'cbor',
		settings,
		onProbeDue: () =>
			claimProbe(folder, settings.probe?.every ?? hours(12), dating.now()).catch((error: unknown) => {
				failed.reject(error);
				return hours(12);
			}),
		sealing,
		onProbed: (letIn) => report({ event: 'probed', letIn }),
		onState: (state) => {
			if (state.state !== 'connected') {
				tally.linked(state);
				// A run that is to end when all is delivered would never end.
				const code = options.untilDrained === true && state.state === 'waiting' ? finalRefusal(state.why) : null;
				if (code !== null && state.state === 'waiting')
					failed.reject(
						new Problem(
							code,
							`${state.why}. What waits stays in ${folder}; ask the site's operator, and commission the device again.`,
						),
					);
				return;
			}
			tally.linked({ state: 'connected' });
			keyChange.connected();
			updates?.connected();
			const { said } = state;
			if (said !== undefined) dating.reached(said.time, monotonic() - said.asked);
			signing.heard(new Map(said?.signs.map(([stream, within, unit]) => [stream, { within, unit }])));
			void sealing?.sealer.heard(toldBy(said)).catch(failed.reject);
			delivery.wake();
			lookDrained();
		},
		onAcknowledged: (count, stream) => {
			tally.accepted += count;
			signing.acknowledged(stream, count);
			lookDrained();
		},
		onUnsigned: (checkpoint, problem) => signing.refused(checkpoint, problem),
		onRefused: (reading, why) => {
			if (reading.time < 0 && why.code === 'reading-conflict') void sealing?.sealer.conflict(reading.stream);
			refused(reading, why);
		},
		onFailure: failed.reject,
	});
	const keyFailed = ({ code, detail }: Problem): void => report({ event: 'renewal-failed', code, detail });
	const keyChange = new KeyChange({
		folder,
		key: identity.key,
		replaceLink: () => delivery.replaceLink(),
		onChanged: () => report({ event: 're-keyed' }),
		onFailure: keyFailed,
	});
	const status = setInterval(() => tally.status(), options.statusEvery ?? seconds(5));
	const aborted = new Promise<void>((resolve) => {
		if (options.signal.aborted) resolve();
		else options.signal.addEventListener('abort', () => resolve(), { once: true });
	});

	wake = () => delivery.wake();
	dating.start();
	const feeding = feed(source, dating, tally, () => delivery.wake(), signal).then(() => {
		ended = true;
		if (!signal.aborted) report({ event: 'source-ended' });
		lookDrained();
	});
	const often = { renew: options.renewEvery ?? minutes(1), serviceCas: options.serviceCasEvery ?? hours(24) };
	const renewing = renew(folder, dating, often, delivery, report, signal);
	const rekeying = keyChange.follow(signal);
	const rosters = sealing?.follow(signal) ?? new Promise<never>(() => {});
	const attested = {
		...{ folder, securityfs: options.securityfs ?? SECURITYFS, every: options.bootEvery ?? BOOT_EVERY },
		countsFloor: async () => (await readUpdateSettings(folder)) !== null,
	};
	const attesting = attestBoots(attested, report, signal);
	const stating =
		options.facts === undefined ? new Promise<never>(() => {}) : followFacts(folder, options.facts, report, signal);
	followLock(folder, outbox, warn, () => delivery.wake(), signal).catch(failed.reject);
	const asking = { folder, exercise, every: options.askedEvery ?? ASKED_EVERY, onFailure: keyFailed };
	const updating = updates?.follow(signal) ?? followAsked(asking, signal);
	try {
		await Promise.race([
			aborted,
			drained.promise,
			failed.promise,
			feeding.then(() => failed.promise),
			renewing.then(() => failed.promise),
			attesting.then(() => failed.promise),
			rekeying.then(() => failed.promise),
			rosters.then(() => failed.promise),
			updating.then(() => failed.promise),
			stating.then(() => failed.promise),
		]);
	} finally {
		stop.abort();
		clearInterval(status);
		// What a renewal writes is whole or not there: one that hangs on the network is not waited for.
		const settled = Promise.allSettled([feeding, renewing, rekeying, attesting]);
		await Promise.race([settled, sleep(seconds(2), undefined, { ref: false })]);
		dating.stop();
		await sealing?.sealer.stop();
		await signing.stop();
		await delivery.close();
		tally.status();
	}
	return tally.counters();
};

/** Takes samples into the outbox. A full outbox holds the source back; what a live source gives then is lost, and counted. */
const feed = async (
	source: Source,
	dating: Dating,
	tally: Tally,
	wake: () => void,
	signal: AbortSignal,
): Promise<void> => {
	for await (const item of source.read(signal)) {
		if (item instanceof Problem) {
			tally.complain(item);
			continue;
		}
		for (let kept = false; !kept && !signal.aborted;) {
			try {
				checkSample(item);
				if (dating.put(item, source.live)) wake();
				kept = true;
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
				if (error.code === 'reading-conflict' || error.code === 'source-malformed') {
					tally.complain(error);
					kept = true;
				} else if (error.code !== 'outbox-full') {
					throw error;
				} else if (source.live) {
					tally.drop(error);
					kept = true;
				} else {
					await sleep(200, undefined, { signal }).catch(() => {});
				}
			}
		}
	}
};
