import type { ErrorCode, Instant } from '@keyward/core';
import type { Manufacturer } from '@keyward/core/attest';
import type { MadePart, ManifestOrigin } from '@keyward/core/port';

/** What the thread is told. */
export interface ManifestTask {
	readonly file: string;
	readonly manufacturer: Manufacturer;
	readonly revoked: ReadonlySet<string>;
	readonly now: Instant;
}

/** What the thread tells: parts, then what they are all from; or why none is. */
export type ManifestNews =
	| { readonly parts: readonly MadePart[] }
	| Pick<ManifestOrigin, 'file' | 'signer'>
	| { readonly code: ErrorCode; readonly detail: string };
