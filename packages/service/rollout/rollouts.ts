import type { Instant, Milliseconds } from '@keyward/core';
import type { Fact } from '@keyward/core/policy';
import type { Principal, PrincipalName, UpdateReport } from '@keyward/core/port';
import type { Rollout, RolloutDevice, RolloutTerms } from '@keyward/core/update';
import type { SaidUpdate } from './update-reports.ts';

export interface NewRollout {
	readonly application: string;
	readonly version: string;
	readonly terms: RolloutTerms;
}

/** A rollout with how far each device is. */
export interface RolloutView {
	readonly rollout: Rollout;
	readonly devices: readonly RolloutDevice[];
}

/** Releases that go out in rings, by what is seen of each device, and halt by themselves. */
export interface Rollouts {
	/** Throws `rollout-refused`: no such release is signed, another is under way, or the policy does not take the terms. */
	start(given: NewRollout): Promise<RolloutView>;
	/** Nobody more is told; those who were go on. Throws `rollout-unknown`, `rollout-refused`. */
	pause(id: string, reason: string): Promise<RolloutView>;
	resume(id: string): Promise<RolloutView>;
	/** For good. */
	stop(id: string, reason: string): Promise<RolloutView>;
	list(application: string): readonly RolloutView[];
	show(id: string): RolloutView;
	/** What a device that asks is told, and what it says is kept. */
	assignment(device: PrincipalName, said: SaidUpdate): Promise<{ release: string | null; spread: Milliseconds }>;
	/** What it said last. */
	said(application: string, device: string): UpdateReport | null;
	/** The image was given to it. */
	fetched(device: PrincipalName, path: string): void;
	/** Looks at every rollout that is not over. */
	look(): Promise<void>;
	/** The version that the service saw this device take; null: it only says one, or none. */
	seenVersion(application: string, device: string): string | null;
	facts(application: string, principals: readonly Principal[], now: Instant): Fact[];
	/** Those that halted by themselves, and what to do. */
	halted(): { readonly subject: string; readonly text: string }[];
	end(): Promise<void>;
}
