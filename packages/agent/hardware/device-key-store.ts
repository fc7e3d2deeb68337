import type { Signer } from '@keyward/core/port';
import type { Attestor } from './attestor.ts';

/** A key where it lives, and the word of that place for it. Disposing of it lets go of the place. */
export interface HeldKey extends AsyncDisposable {
	readonly signer: Signer;
	/** Null for a file or token, and for a TPM without a certificate of its maker: nobody can tell it from a program. */
	readonly attestor: Attestor | null;
	/** True for a part that is known to be a program. */
	readonly emulated: boolean;
}
