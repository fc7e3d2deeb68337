import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Instant, Problem } from '@keyward/core';
import { signRefusal } from '@keyward/core/command';
import {
	abandoned,
	begin,
	connected,
	datedBy,
	fallingBack,
	judgeTarget,
	overdue,
	type Phase,
	type SecurityFloor,
	started,
	timeToJudgeBy,
	type UpdateState,
	type UpdateTarget,
} from '@keyward/core/update';
import type { FollowedRelease } from '@keyward/owner/follow';
import type { SaidOfKeys } from '../enrolment/exercise-part.ts';
import { type Identity, openIdentity } from '../identity/identity.ts';
import { rosterOf } from '../roster/device-roster.ts';
import { advance, type AdvanceOptions, belowFloor, floorOf, requireFloor } from './advance.ts';
import { askSite } from './ask-site.ts';
import type { Assignment, UpdateReport } from './assignment.ts';
import { floorCounterOf } from './floor-counter.ts';
import { createJudgeSoftware, inspectSoftware } from './judge-software.ts';
import { readUpdateSettings, type UpdateSettings, updateFolder } from './settings.ts';
import { updateFiles } from './update-files.ts';

export interface UpdateStatus {
	readonly phase: Phase;
	readonly running: UpdateTarget | null;
	readonly floor: SecurityFloor;
	readonly installer: string;
}

export interface Look {
	readonly assignment: Assignment | null;
	/** What the owner signed of it; null: nothing is meant for this device, or nothing is signed. */
	readonly signed: FollowedRelease | null;
	/** Why this device would not take it; null: it would, or has it already. */
	readonly refusal: Problem | null;
	/** It runs already. */
	readonly current: boolean;
}

/** The updates of one device folder, for one process at a time. */
export interface Updater extends Disposable {
	readonly settings: UpdateSettings;
	status(): Promise<UpdateStatus>;
	/** What an agent does first: counts its start, and goes on where the last one was cut short. */
	begin(): Promise<Phase>;
	/** Goes on with a download. */
	resume(now: Instant): Promise<Phase>;
	/** It was connected. */
	connected(): Promise<Phase>;
	/** Falls back when the trial of a new version is over. `since`: how long this start runs. */
	judgeTrial(since: number): Promise<Phase>;
	look(now: Instant): Promise<Look>;
	/** Tells the site how it is, and asks for nothing. */
	tell(): Promise<void>;
	/** Brings and installs what the owner signed at this path. `again`: also what was fallen back from. */
	install(path: string, now: Instant, again?: boolean): Promise<Phase>;
	/** What can be said of the software that runs, looked at now. Throws `Problem('boot-log-mismatch')`, `Problem('release-below-floor')`. */
	inspect(): Promise<'whole' | 'authentic' | null>;
}

/**
 * Null where the folder has no settings for updates. Throws `Problem('file-unreadable')`, and `Problem('store-in-use')` where another
 * process is at it.
 */
export const openUpdater = async (
	identity: Identity,
	onPhase: (phase: Phase) => void = () => {},
	keys: () => Promise<SaidOfKeys | null> = async () => null,
): Promise<Updater | null> => {
	const { folder, application, id } = identity;
	const settings = await readUpdateSettings(folder);
	if (settings === null) return null;
	const files = await updateFiles(folder);
	const lock = lockFolder(updateFolder(folder));
	const installer = settings.make();
	const counter = await floorCounterOf(identity.hardware);
	const boot = await bootOf();
	const { bandwidth } = settings;
	let clock: Instant = 0;
	let lastError: string | null = null;

	/** roster-age: only what the owner's offline keys dated moves the time below which nothing counts. */
	const judgingTime = async (now: Instant): Promise<Instant> => {
		const floor = await files.floor();
		const state = await rosterOf(identity, now);
		const issued = (state?.state === 'current' ? state : state?.last)?.roster.issued ?? 0;
		const next = datedBy(floor, issued);
		if (next.time !== floor.time) await files.saveFloor(next);
		return timeToJudgeBy(next, now);
	};
	const options: AdvanceOptions = {
		...{ files, installer, counter, boot, onPhase },
		fetch: async (target) => {
			const { running } = await files.state();
			const known = running === null ? [] : [files.imageOf(running.sha256)];
			await askSite(folder, { do: 'fetch', target, known, bandwidth, now: await judgingTime(clock) });
		},
	};
	const go = async (): Promise<Phase> => {
		try {
			const phase = await advance(options);
			lastError = phase.state === 'fallen-back' ? phase.why : null;
			return phase;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			lastError = `${error.code}: ${error.detail}`;
			// What the owner no longer signs, or what is below the floor, will not be installed by trying again.
			if (error.code === 'release-refused' || error.code === 'release-below-floor') {
				const state = await files.state();
				if (state.phase.state === 'downloading' || state.phase.state === 'staged') await files.save(abandoned(state));
			}
			throw error;
		}
	};
	const change = async (to: (state: UpdateState) => UpdateState): Promise<Phase> => {
		const state = await files.state();
		const next = to(state);
		if (next !== state) {
			await files.save(next);
			onPhase(next.phase);
		}
		return go();
	};
	/** Throws why it is not taken. */
	const judge = async (signed: FollowedRelease, again: boolean): Promise<UpdateTarget> => {
		const { release, path, length, sha256 } = signed;
		const refusal = judgeTarget(release, { application, class: identity.class ?? '' });
		if (refusal !== null) throw new Problem(refusal.code, refusal.reason);
		if (release.installer !== settings.installer)
			throw new Problem(
				'release-refused',
				`Release ${release.release} is for the installer ${release.installer}, and ${id} has ${settings.installer}.`,
			);
		const { securityFloor } = release;
		await requireFloor(options, { securityFloor });
		if (!again && (await files.state()).failed.includes(sha256))
			throw new Problem('release-refused', `Release ${release.release} was fallen back from: sign the next one.`);
		return { path, release: release.release, securityFloor, installer: release.installer, length, sha256 };
	};
	/** Signed by its stream key, so that "refused" is its word and not its site's; null where it has none, or its part is away. */
	const receiptOf = async (
		{ path: release, sha256 }: FollowedRelease,
		{ code, detail }: Problem,
		at: Instant,
	): Promise<string | null> => {
		const { streamKey, keyStore } = await openIdentity(folder);
		if (streamKey === undefined) return null;
		const { release: floorNow } = await floorOf(options);
		const about = { application, device: id, release, sha256: Buffer.from(sha256, 'hex') };
		try {
			const signer = await keyStore.open(streamKey.name);
			const signed = await signRefusal({ ...about, code, detail, floor: floorNow, at }, signer);
			return Buffer.from(signed).toString('base64');
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			return null;
		}
	};
	const report = async (refused: UpdateReport['refused'] = null): Promise<UpdateReport> => {
		const { phase, running } = await files.state();
		const { release } = await floorOf(options);
		return {
			...{ running: running?.release ?? null, floor: release, state: phase.state, lastError, refused, software },
			keys: await keys(),
		};
	};
	const judgeSoftware = createJudgeSoftware({
		...options,
		follow: async (path, now) => (await askSite(folder, { do: 'follow', path, now: await judgingTime(now) })).signed,
	});
	let software: string | null = null;

	return {
		settings,
		status: async () => {
			const { phase, running } = await files.state();
			return { phase, running, floor: await floorOf(options), installer: settings.installer };
		},
		begin: async () => {
			const { phase } = await files.state();
			if (phase.state === 'downloading') return phase;
			if (phase.state !== 'installed') return go();
			const below = await belowFloor(options, phase.target);
			if (below !== null) return change((state) => fallingBack(state, below));
			const { from } = await installer.slots();
			return change((state) => started(state, from, boot));
		},
		resume: async (now) => {
			clock = now;
			return go();
		},
		connected: () => change(connected),
		judgeTrial: async (since) => {
			const why = overdue((await files.state()).phase, since, settings.trial);
			return why === null ? (await files.state()).phase : change((state) => fallingBack(state, why));
		},
		look: async (now) => {
			clock = now;
			software = await judgeSoftware((await files.state()).running, now);
			const asked = { do: 'look', report: await report(), now: await judgingTime(now) } as const;
			const { assignment, signed } = await askSite(folder, asked);
			const current = signed !== null && signed.sha256 === (await files.state()).running?.sha256;
			if (signed === null || current) return { assignment, signed, refusal: null, current };
			try {
				await judge(signed, false);
				return { assignment, signed, refusal: null, current };
			} catch (refusal) {
				if (!(refusal instanceof Problem)) throw refusal;
				lastError = `${refusal.code}: ${refusal.detail}`;
				// rollback-refused: the site hears of it at once, and can tell it from an update that failed.
				const receipt = await receiptOf(signed, refusal, now);
				const refused = { release: signed.path, code: refusal.code, ...(receipt !== null && { receipt }) };
				await askSite(folder, { do: 'report', report: await report(refused) });
				return { assignment, signed, refusal, current };
			}
		},
		tell: async () => void (await askSite(folder, { do: 'report', report: await report() })),
		install: async (path, now, again = false) => {
			clock = now;
			const { signed } = await askSite(folder, { do: 'follow', path, now: await judgingTime(now) });
			if (signed === null)
				throw new Problem('release-refused', `${path} is not signed by the owner, or no longer in force.`);
			const target = await judge(signed, again);
			const state = await files.state();
			if (state.running?.sha256 === target.sha256 && state.phase.state === 'confirmed') return state.phase;
			const next = begin(state, target);
			if (next === null)
				throw new Problem(
					'install-failed',
					`${id} is ${state.phase.state} with another release: that is confirmed or fallen back from first.`,
				);
			await files.save(next);
			onPhase(next.phase);
			return go();
		},
		inspect: async () => inspectSoftware(options, (await files.state()).running),
		[Symbol.dispose]: () => lock.close(),
	};
};

/** Two updaters on one folder would write into one slot. Let go of by the system when the process is gone, however it ended. */
const lockFolder = (folder: string): DatabaseSync => {
	const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
	try {
		lock.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
		return lock;
	} catch (cause) {
		lock.close();
		throw new Problem('store-in-use', `Another process is at the updates in ${folder}: let it end, or stop it.`, {
			cause,
		});
	}
};

/** By Linux, another one after each boot. */
const bootOf = (): Promise<string> =>
	readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
		(text) => text.trim(),
		() => '',
	);
