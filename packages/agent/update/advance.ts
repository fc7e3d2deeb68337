import { Problem } from '@keyward/core';
import {
	abandoned,
	confirmed,
	fallenBack,
	fallingBack,
	floorInForce,
	installed,
	installing,
	judgeFloor,
	type Phase,
	raisedBy,
	type SecurityFloor,
	staged,
	type UpdateState,
	type UpdateTarget,
} from '@keyward/core/update';
import type { FloorCounter } from './floor-counter.ts';
import type { Installer } from './installer/port.ts';
import type { UpdateFiles } from './update-files.ts';
import { isImage } from './verify-image.ts';

export interface AdvanceOptions {
	readonly files: UpdateFiles;
	readonly installer: Installer;
	/** Null without a TPM. */
	readonly counter: FloorCounter | null;
	/** Names this boot of the machine. */
	readonly boot: string;
	/** Puts the image whole and verified where `files.imageOf` says; goes on where it was cut short. */
	readonly fetch: (target: UpdateTarget) => Promise<void>;
	readonly onPhase?: (phase: Phase) => void;
}

/** The floor of the folder and of the TPM, the higher one of which counts. */
export const floorOf = async ({ files, counter }: Pick<AdvanceOptions, 'files' | 'counter'>): Promise<SecurityFloor> =>
	floorInForce(await files.floor(), counter === null ? null : await counter.read());

/** Throws `Problem('release-below-floor')`. */
export const requireFloor = async (
	options: Pick<AdvanceOptions, 'files' | 'counter'>,
	{ securityFloor }: Pick<UpdateTarget, 'securityFloor'>,
): Promise<void> => {
	const refusal = judgeFloor(securityFloor, await floorOf(options));
	if (refusal !== null) throw new Problem(refusal.code, refusal.reason);
	const { counter } = options;
	if (counter !== null && securityFloor > counter.highest)
		throw new Problem(
			'release-refused',
			`The release has security floor ${securityFloor}, and the TPM counts up to ${counter.highest}.`,
		);
};

/**
 * rollback-refused: where the state was set back on the disk, to a time before the floor rose, its image is neither installed nor left to
 * start. Null: it may go on.
 */
export const belowFloor = async (
	{ files, counter }: Pick<AdvanceOptions, 'files' | 'counter'>,
	{ securityFloor }: Pick<UpdateTarget, 'securityFloor'>,
): Promise<string | null> => {
	await counter?.prepare();
	return judgeFloor(securityFloor, await floorOf({ files, counter }))?.reason ?? null;
};

/**
 * Takes the update as far as is possible without a restart or a connection: the one path, after a power cut and without one. Each step may be
 * done twice; its state is durable before the next begins. Throws what `fetch` and the installer throw; what was reached stays.
 */
export const advance = async (options: AdvanceOptions): Promise<Phase> => {
	for (;;) {
		const state = await options.files.state();
		const next = await stepOf(options, state);
		if (next === null) return state.phase;
		await options.files.save(next);
		options.onPhase?.(next.phase);
	}
};

/** The state after the one step that this state asks for; null where it waits for something. */
const stepOf = async (options: AdvanceOptions, state: UpdateState): Promise<UpdateState | null> => {
	const { files, installer, fetch } = options;
	const { phase } = state;
	switch (phase.state) {
		case 'downloading':
			await requireFloor(options, phase.target);
			await fetch(phase.target);
			return staged(state, phase.target);
		case 'staged':
			// The folder may have been written to since; and the floor may have risen.
			if (!(await isImage(files.imageOf(phase.target.sha256), phase.target))) return abandoned(state);
			await requireFloor(options, phase.target);
			return installing(state, phase.target, await installer.slots());
		case 'installing':
			return install(options, state, phase);
		case 'falling-back': {
			const stuck = await installer.fallBack(phase.slots);
			// Settled all the same: what mends it is the next release, which goes into the slot that does not run.
			return fallenBack(state, phase.target, stuck === null ? phase.why : `${phase.why}; and it stays, for ${stuck}`);
		}
		case 'confirming': {
			const { target, slots } = phase;
			const below = await belowFloor(options, target);
			if (below !== null) return fallingBack(state, below);
			await installer.confirm(slots);
			await files.saveFloor(raisedBy(await files.floor(), target.securityFloor));
			await options.counter?.raise(target.securityFloor);
			await files.keepOnly([target.sha256]);
			return confirmed(state, target);
		}
		case 'idle':
		case 'installed':
		case 'confirmed':
		case 'fallen-back':
			return null;
	}
};

const install = async (
	options: AdvanceOptions,
	state: UpdateState,
	{ target, slots }: Extract<Phase, { state: 'installing' }>,
): Promise<UpdateState> => {
	const { files, installer, boot } = options;
	const below = await belowFloor(options, target);
	if (below !== null) return fallingBack(state, below);
	// Put in force, and even started, before that could be noted: it is not installed over itself.
	if ((await installer.slots()).from === slots.to) return installed(state, target, slots, boot);
	const image = files.imageOf(target.sha256);
	if (!(await isImage(image, target))) return fallingBack(state, 'its image is not whole any more');
	try {
		await installer.install({ target, image, slots });
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return fallingBack(state, error.detail);
	}
	return installed(state, target, slots, boot);
};
