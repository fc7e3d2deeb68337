import type { Bytes, ErrorCode } from '@keyward/core';

/** What the thread is told to read. */
export interface ReadTask {
	readonly kind: 'advisory' | 'bill';
	readonly file: string;
}

/** What the thread read: the file's SHA-256 in hex, and what is kept of it, as JSON; or why it cannot be read. */
export type ReadNews =
	| ({ readonly file: string; readonly text: string } & (
			| { readonly kind: 'advisory' }
			| { readonly kind: 'bill'; readonly components: number; readonly unidentified: number }
	  ))
	| { readonly code: ErrorCode; readonly detail: string };

/** The largest bills of whole operating systems have a third of it. */
export const LARGEST_FILE: Bytes = 64 * 1024 * 1024;
