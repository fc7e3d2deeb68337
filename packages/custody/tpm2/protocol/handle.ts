import type { TPMT_PUBLIC } from '@keyward/core/tpm2';
import type { Session } from './session.ts';

/** An entity in a TPM, and how its use is authorized. */
export interface Handle {
	readonly handle: number;
	/** Name of the entity (Part 1 §16), which every HMAC covers. */
	readonly name: Uint8Array;
	/** Empty by default. Without a `session` that proves it, it goes over the bus as it is. */
	readonly authValue?: Uint8Array;
	readonly session?: Session;
}

/** An object in a slot of the TPM. Leaving its scope (`await using`) frees the slot, if it is not persistent. */
export interface Loaded extends Handle, AsyncDisposable {
	readonly publicArea: TPMT_PUBLIC;
	/** The `generation` of the Tpm in which the handle means something. */
	readonly generation: number;
}
