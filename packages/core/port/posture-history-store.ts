import type { PostureChange } from '../policy/posture-change.ts';
import type { Instant } from '../units/instant.ts';

/** How postures changed. Each call is one commit, durable when it resolves. */
export interface PostureHistoryStore {
	/** Adds them, and forgets what is older than `keep`, and of each application all but the newest `most`. */
	addPostureChanges(changes: readonly PostureChange[], keep: Instant, most: number): Promise<void>;
	/** Of an application, or of all, from that moment on: the newest `limit` of them, oldest first. */
	postureChanges(application: string | undefined, since: Instant, limit: number): Promise<PostureChange[]>;
	/** The last change of each objective of each application, however old. */
	lastPostureChanges(): Promise<PostureChange[]>;
}
