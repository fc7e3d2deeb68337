import { Problem } from '@keyward/core';
import type { Store } from '@keyward/core/port';

/** Where the power goes: just before the write of this number, from 0, or just after it is on the disk. */
export interface PowerCut {
	readonly write: number;
	readonly when: 'before' | 'after';
}

/**
 * The real store until the power goes at one of its `writes`; from then on nothing is read or written, as nobody is there to do it. Without a
 * cut it stays.
 */
export const withPowerCut = (
	store: Store,
	writes: readonly (keyof Store)[],
	cut: PowerCut | null,
): { readonly store: Store; happened(): boolean } => {
	const counted: ReadonlySet<string | symbol> = new Set(writes);
	let count = 0;
	let off = false;
	const gone = () => Promise.reject(new Problem('store-failed', 'the power is gone'));
	const cutting = new Proxy(store, {
		get: (target, property, receiver) => {
			const member: unknown = Reflect.get(target, property, receiver);
			if (typeof member !== 'function') return member;
			return async (...args: unknown[]): Promise<unknown> => {
				if (off) return gone();
				if (cut !== null && counted.has(property) && count++ === cut.write) {
					off = true;
					if (cut.when === 'after') await Reflect.apply(member, target, args);
					return gone();
				}
				return Reflect.apply(member, target, args) as unknown;
			};
		},
	});
	return { store: cutting, happened: () => off };
};
