import { Problem } from '@keyward/core';
import type { Store } from '@keyward/core/port';

/** The store until it is closed; after that every call rejects with `Problem('store-failed')`. Closing again does nothing. */
export const closable = (store: Omit<Store, 'close'>, close: () => void): Store => {
	let closed = false;
	const whole: Store = {
		...store,
		close: async () => {
			if (!closed) close();
			closed = true;
		},
	};
	return new Proxy(whole, {
		get: (target, name): unknown => {
			const method: unknown = Reflect.get(target, name);
			if (!closed || name === 'close' || typeof method !== 'function') return method;
			return async () => {
				throw new Problem('store-failed', 'The store is closed.');
			};
		},
	});
};
