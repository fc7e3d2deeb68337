/** What a worker is told: its share, then the products of the other shares. */
export type ToWorker = { readonly moduli: readonly bigint[] } | { readonly foreign: readonly bigint[] };
/** What a worker tells: the product of its share, how far it is, and the factor of each of its moduli. */
export type FromWorker =
	| { readonly product: bigint }
	| { readonly done: number }
	| { readonly factors: readonly bigint[] };
