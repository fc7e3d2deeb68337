import { Problem } from '@keyward/core';
import type { Store } from '@keyward/core/port';

/** The store until it is closed; after that every call rejects with `Problem('store-failed')`. Closing again does nothing. */
export const closable = (store: Omit<Store, 'close'>, close: () => void): Store => {
	const refuse = async (): Promise<never> => {
		throw new Problem('store-failed', 'The store is closed.');
	};
	let closed = false;
	const whole: Store = {
		...store,
		close: async () => {
			if (!closed) close();
			closed = true;
			for (const name of Object.keys(store)) Reflect.set(whole, name, refuse);
		},
	};
	return whole;
};
