import type { Network } from '@keyward/core/keycheck';

/** A key that waits for what a text says about it further on. */
export interface HeldKey {
	readonly label: string;
	readonly secret: Uint8Array;
	readonly device: string | null;
	readonly role: string;
	readonly network: Network | undefined;
}
