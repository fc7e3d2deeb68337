import type { Instant } from '../units/instant.ts';

/** A rollout as it stands. */
export interface StoredRollout {
	readonly id: string;
	readonly application: string;
	/** How often it was written; names what a writer has read. */
	readonly revision: number;
	/** As `writeRollout` writes it. */
	readonly text: string;
}

/** How far one device is in a rollout. */
export interface StoredRolloutDevice {
	readonly rollout: string;
	readonly device: string;
	/** As `writeRolloutDevice` writes it. */
	readonly text: string;
}

/** What a device last said of its updates: its own word. */
export interface UpdateReport {
	readonly application: string;
	readonly device: string;
	/** Null: it does not say. */
	readonly running: string | null;
	/** Its security floor. */
	readonly floor: number;
	/** What its updater does. */
	readonly state: string;
	readonly lastError: string | null;
	/** What it says of its keys and its link, as JSON; null: nothing yet. */
	readonly keys: string | null;
	/** The last release that it refused, as JSON; null: it refused none. */
	readonly refused: string | null;
	readonly at: Instant;
}

/** Releases that go out, and what devices say of their updates. Each call is one commit, durable when it resolves; lists are oldest first. */
export interface RolloutStore {
	/**
	 * Keeps the rollout with revision `after` + 1, and what became of these devices. Throws `Problem('changed-meanwhile')` when the
	 * kept one is at another revision; `after` 0: it is new.
	 */
	putRollout(
		rollout: Omit<StoredRollout, 'revision'>,
		devices: readonly Omit<StoredRolloutDevice, 'rollout'>[],
		after: number,
	): Promise<void>;
	/** Of an application, or of all. */
	rollouts(application?: string): Promise<StoredRollout[]>;
	rolloutDevices(rollout: string): Promise<StoredRolloutDevice[]>;
	/** Replaces what the same devices said before. */
	putUpdateReports(reports: readonly UpdateReport[]): Promise<void>;
	/** Of an application, or of all. */
	updateReports(application?: string): Promise<UpdateReport[]>;
}
