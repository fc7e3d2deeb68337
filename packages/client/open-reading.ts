import type { ReadingView } from '@keyward/contract';

/** A reading that this reader opened, or that came open, and whether the device signed it; no proof without an owner, where nobody says who would. */
export type OpenReading = ReadingView & {
	readonly proof?: 'opened' | 'signed' | 'unsigned';
	/** True where it was measured when the roster that it is sealed under had expired, or came when this reader had none in force. */
	readonly stale?: true;
	/** Codes of alarms that stand at this reader: what it was shown cannot all be true. */
	readonly alarms?: readonly string[];
};
