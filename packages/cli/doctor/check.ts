import type { SiteHealth } from '@keyward/contract';
import type { SiteFile } from '@keyward/service/site';

/** What one look of the doctor found. */
export interface Check {
	readonly check: string;
	/** `unknown`: it could not be looked at here; that is no finding. */
	readonly state: 'held' | 'finding' | 'unknown';
	readonly said: string;
	/** What to do; null unless there is something. */
	readonly mend: string | null;
}

/** What every check may look at. */
export interface Patient {
	/** The data folder, absolute. */
	readonly data: string;
	/** Null: there is none, or it cannot be read. */
	readonly site: SiteFile | null;
	/** What the running site says of itself; null when none runs in the data folder. */
	readonly running: SiteHealth | null;
}

export const held = (check: string, said: string): Check => ({ check, state: 'held', said, mend: null });

export const finding = (check: string, said: string, mend: string): Check => ({ check, state: 'finding', said, mend });

export const unknown = (check: string, said: string): Check => ({ check, state: 'unknown', said, mend: null });

/** The reason of a failed system call. */
export const codeOf = (error: unknown): string =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
