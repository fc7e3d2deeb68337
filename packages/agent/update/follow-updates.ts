import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type Instant, type Milliseconds, minutes, Problem } from '@keyward/core';
import { isSettled, type Phase } from '@keyward/core/update';
import type { ExercisePart } from '../enrolment/exercise-part.ts';
import type { Identity } from '../identity/identity.ts';
import { runProgram } from './run-program.ts';
import { openUpdater } from './updater.ts';

export type UpdateEvent =
	| { readonly event: 'update'; readonly state: Phase['state']; readonly release: string; readonly why: string | null }
	/** The first of its code until something else happens. */
	| { readonly event: 'update-failed'; readonly code: ErrorCode; readonly detail: string };

export interface FollowUpdatesOptions {
	readonly identity: Identity;
	readonly now: () => Instant;
	readonly report: (event: UpdateEvent) => void;
	/** Changes keys and link as the site asks. */
	readonly exercise: ExercisePart;
	/** Also where the settings say that updates are not followed by themselves. */
	readonly wanted: boolean;
}

/** The updates of a running device. */
export interface FollowedUpdates {
	/** The version that runs, as far as its updater knows. */
	readonly version: string | null;
	connected(): void;
	/** Until stopped. */
	follow(signal: AbortSignal): Promise<void>;
}

/** How long it waits after something went wrong on the way, at most. */
const TRY_AGAIN: Milliseconds = minutes(5);

/**
 * Counts this start, goes on where an update was cut short, and follows what the site assigns. Null where the folder has no settings for
 * updates, or they say no. What goes wrong with an update is told, and never ends the device.
 */
export const followUpdates = async (options: FollowUpdatesOptions): Promise<FollowedUpdates | null> => {
	const { identity, now, report, wanted } = options;
	const tellPhase = (phase: Phase): void => {
		if (phase.state === 'idle') return;
		const { state, target } = phase;
		report({ event: 'update', state, release: target.release, why: 'why' in phase ? phase.why : null });
	};
	const updater = await openUpdater(identity, tellPhase, options.exercise.said);
	if (updater === null) return null;
	const { settings } = updater;
	if (!settings.automatic && !wanted) {
		updater[Symbol.dispose]();
		return null;
	}
	let told: ErrorCode | null = null;
	let turn: Promise<unknown> = Promise.resolve();
	/** One after another; true when nothing went wrong. */
	const during = (what: () => Promise<unknown>): Promise<boolean> => {
		const next = turn.then(what).then(
			() => {
				told = null;
				return true;
			},
			(error: unknown) => {
				if (!(error instanceof Problem)) throw error;
				if (told !== error.code) report({ event: 'update-failed', code: error.code, detail: error.detail });
				told = error.code;
				return false;
			},
		);
		turn = next.catch(() => {});
		return next;
	};
	const restart = async (): Promise<void> => {
		if (settings.restart !== null) await runProgram(settings.restart);
	};
	const began = performance.now();
	const judgeTrial = async (): Promise<void> => {
		const before = (await updater.status()).phase;
		if (before.state !== 'installed') return;
		const after = await updater.judgeTrial(performance.now() - began);
		if (after.state === 'fallen-back') await restart();
	};
	await during(async () => {
		await updater.begin();
		await judgeTrial();
	});
	const { phase, running } = await updater.status();
	const version = phase.state === 'installed' && phase.starts > 0 ? phase.target.release : (running?.release ?? null);

	const afterInstall = async ({ state }: Phase): Promise<void> => {
		if (state === 'installed') await restart();
	};
	const take = async (signal: AbortSignal): Promise<void> => {
		const { phase: at } = await updater.status();
		if (at.state === 'downloading') return afterInstall(await updater.resume(now()));
		if (!isSettled(at)) return;
		const { assignment, signed, refusal, current } = await updater.look(now());
		if (assignment !== null && (assignment.exercise.rekey || assignment.exercise.link !== null)) {
			try {
				await options.exercise.obey(assignment.exercise);
			} finally {
				// Its site counts those that were asked and did not change.
				await updater.tell();
			}
		}
		if (refusal !== null) throw refusal;
		if (signed === null || current) return;
		// Of a fleet that is told at once, each begins at another moment.
		await sleep(Math.random() * (assignment?.spread ?? 0), undefined, { signal }).catch(() => {});
		if (!signal.aborted) await afterInstall(await updater.install(signed.path, now()));
	};
	let confirmed = new AbortController();
	return {
		version,
		connected: () =>
			void during(async () => {
				const { phase: before } = await updater.status();
				const after = await updater.connected();
				// The site hears of it now, and not when the trial would have ended.
				if (before.state === 'installed' && after.state === 'confirmed') confirmed.abort();
			}),
		follow: async (signal) => {
			try {
				while (!signal.aborted) {
					await during(judgeTrial);
					const went = await during(() => take(signal));
					const { phase: at } = await updater.status();
					const onTrial = at.state === 'installed' && at.starts > 0;
					const pause = onTrial
						? Math.max(1, settings.trial.within - (performance.now() - began))
						: went
							? settings.every
							: Math.min(settings.every, TRY_AGAIN);
					await sleep(pause, undefined, { signal: AbortSignal.any([signal, confirmed.signal]) }).catch(() => {});
					confirmed = new AbortController();
				}
			} finally {
				await turn;
				updater[Symbol.dispose]();
			}
		},
	};
};
