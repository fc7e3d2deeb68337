import assert from 'node:assert/strict';
import type { Store } from '@keyward/core/port';

/** Opens an empty store; `dispose` closes it and removes its place. */
export type OpenStore = () => { readonly store: Store; readonly dispose: () => Promise<void> };

/** `using`, for a store. */
export const withStore = async (open: OpenStore, work: (store: Store) => Promise<void>): Promise<void> => {
	const { store, dispose } = open();
	try {
		await work(store);
	} finally {
		await dispose();
	}
};

export const rejects = (promise: Promise<unknown>, code: string): Promise<void> =>
	assert.rejects(promise, (error) => error instanceof Error && 'code' in error && error.code === code);
