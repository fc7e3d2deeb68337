import { signal } from '@preact/signals';

/** Something that can be done, and what it costs; as `PriceList` of core has it, with plain pairs. */
export interface Remedy {
	readonly name: string;
	readonly does: string;
	readonly mends: readonly (readonly [string, number])[];
	readonly each: number;
	readonly once: number;
	readonly field: boolean;
	readonly steps: readonly string[];
}

export interface Prices {
	readonly currency: string;
	readonly remedies: readonly Remedy[];
}

/** Put in by build.ts. */
declare const EXAMPLE_PRICES: Prices;

/** Those of the example until somebody opens their own, which stay in this page alone. */
export const prices = signal<Prices>(EXAMPLE_PRICES);

export const isExample = (): boolean => prices.value === EXAMPLE_PRICES;

/** The cheapest remedy by which this many components come to this level; null where none does. */
export const cheapest = (requirement: string, wanted: number, count: number): Remedy | null =>
	prices.value.remedies
		.filter(({ mends }) => mends.some(([id, level]) => id === requirement && level >= wanted))
		.toSorted((a, b) => a.once + a.each * count - (b.once + b.each * count))[0] ?? null;

export const money = (amount: number): string => {
	const { currency } = prices.value;
	// ISO 4217 alone can be shown with its sign.
	return /^[A-Z]{3}$/.test(currency)
		? new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount)
		: `${amount.toFixed(2)} ${currency}`;
};

export const steps = (remedy: Remedy, application: string, id: string): string[] =>
	remedy.steps.map((step) => step.replaceAll('{application}', application).replaceAll('{id}', id));
