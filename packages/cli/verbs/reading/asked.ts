import type { Client, TimeSpan } from '@keyward/client';
import type { StreamName } from '@keyward/core/port';
import type { ReaderTrust } from '@keyward/core/seal';
import type { AlarmWatch } from './alarm-watch.ts';

/** What `keyward read` was asked, its words judged. */
export interface Asked {
	readonly client: Client;
	/** Devices and streams may be `+`. */
	readonly names: readonly StreamName[];
	/** By what sealed streams are opened. */
	readonly trustOf: () => Promise<ReaderTrust | null>;
	/** What stands against what this reader was shown. */
	readonly alarms: Pick<AlarmWatch, 'mark'>;
	/** The reader's folder. */
	readonly as: string;
	/** A cursor; undefined where it is not said. */
	readonly from: string | undefined;
	/** Of time; null where none is said. */
	readonly span: TimeSpan | null;
	readonly limit: number;
	readonly follow?: boolean;
	readonly json?: boolean;
	/** With a target: what its device has not signed yet goes on at once, too. */
	readonly unsigned?: boolean;
	readonly secretFile?: string;
	readonly ca?: string;
	readonly signal: AbortSignal;
}

/** Shown when it is not said where to begin. */
export const NEWEST = 20;

export const isWild = ({ device, stream }: StreamName): boolean => device === '+' || stream === '+';
