import { sized, TPM_RH, TPM_ST, TPMT_SCHEME, TPMT_SIGNATURE, u16, u32 } from '@keyward/core/tpm2';
import { command } from '../protocol/command.ts';
import type { Handle } from '../protocol/handle.ts';

/** Part 3 §20.2, of a digest that was made outside the TPM; a restricted key refuses such ones. */
export const TPM2_Sign = command({
	name: 'TPM2_Sign',
	code: 0x15d,
	handles: (input: { readonly keyHandle: Handle; readonly digest: Uint8Array; readonly inScheme: TPMT_SCHEME }) => [
		input.keyHandle,
	],
	authorized: 1,
	parameters: ({ digest, inScheme }) => [
		sized(digest),
		TPMT_SCHEME.marshal(inScheme),
		// TPMT_TK_HASHCHECK: none.
		u16(TPM_ST.HASHCHECK),
		u32(TPM_RH.NULL),
		sized(new Uint8Array()),
	],
	output: (reader) => ({ signature: TPMT_SIGNATURE.read(reader) }),
});

/** Part 3 §16.1. A TPM may give fewer bytes than asked for. */
export const TPM2_GetRandom = command({
	name: 'TPM2_GetRandom',
	code: 0x17b,
	parameters: (input: { readonly bytesRequested: number }) => [u16(input.bytesRequested)],
	output: (reader) => ({ randomBytes: reader.sized() }),
});
