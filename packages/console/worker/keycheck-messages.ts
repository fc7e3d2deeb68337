import type { Finding } from '@keyward/core/keycheck';

/** To the worker: files as the browser holds them, all that were given so far. */
export interface CheckFiles {
	readonly kind: 'check';
	readonly files: readonly { readonly name: string; readonly file: Blob }[];
}

/** What is compared with, once. */
export interface PublishedBytes {
	readonly kind: 'published';
	readonly published: ArrayBuffer;
}

export type ToWorker = CheckFiles | PublishedBytes;

export interface Reading {
	readonly kind: 'reading';
	readonly file: string;
	readonly done: number;
	readonly of: number;
}

/** Without a secret: fingerprints alone. */
export interface Checked {
	readonly kind: 'checked';
	readonly findings: readonly Finding[];
	readonly problems: readonly { readonly file: string; readonly reason: string; readonly count: number }[];
	readonly counts: {
		readonly files: number;
		readonly keys: number;
		readonly certificates: number;
		readonly psks: number;
	};
}

export interface Failed {
	readonly kind: 'failed';
	readonly reason: string;
}

export type FromWorker = Reading | Checked | Failed | { readonly kind: 'ready' };
