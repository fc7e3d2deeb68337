import { command } from '../protocol/command.ts';
import type { Handle } from '../protocol/handle.ts';

/** Part 3 §24.6: forgets the owner hierarchy and every key under it, for ever. `authHandle` is LOCKOUT or PLATFORM. */
export const TPM2_Clear = command({
	name: 'TPM2_Clear',
	code: 0x126,
	handles: (input: { readonly authHandle: Handle }) => [input.authHandle],
	authorized: 1,
	output: () => {},
});
