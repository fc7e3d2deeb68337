import { sized, TPMS_ECC_POINT } from '@keyward/core/tpm2';
import { command } from '../protocol/command.ts';
import type { Handle } from '../protocol/handle.ts';

/** Part 3 §14.5: the point that an unrestricted decryption key makes of `inPoint`; its x-coordinate is Z of ECDH. */
export const TPM2_ECDH_ZGen = command({
	name: 'TPM2_ECDH_ZGen',
	code: 0x154,
	handles: (input: { readonly keyHandle: Handle; readonly inPoint: TPMS_ECC_POINT }) => [input.keyHandle],
	authorized: 1,
	parameters: ({ inPoint }) => [sized(TPMS_ECC_POINT.marshal(inPoint))],
	output: (reader) => ({ outPoint: TPMS_ECC_POINT.unmarshal(reader.sized()) }),
});
