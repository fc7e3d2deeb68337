import type { Component } from '@keyward/core/policy';

/** What somebody changed the evidence of: one component, every component of a kind, or every component of an application (null: of all). */
export interface Touched {
	readonly application: string | null;
	readonly kind?: Component['kind'];
	readonly id?: string;
}

/** Components whose evidence changed since they were appraised. */
export interface Stale {
	touch(...touched: readonly Touched[]): void;
	/** Told of each, at once. */
	onTouch(listener: (touched: Touched) => void): void;
}

export const createStale = (): Stale => {
	const listeners: ((touched: Touched) => void)[] = [];
	return {
		touch: (...touched) => {
			for (const one of touched) for (const listener of listeners) listener(one);
		},
		onTouch: (listener) => void listeners.push(listener),
	};
};
