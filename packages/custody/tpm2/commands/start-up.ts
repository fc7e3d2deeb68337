import { u16, u8 } from '@keyward/core/tpm2';
import { command } from '../protocol/command.ts';

/** Part 3 §9: start-up. */
const nothing = (): void => {};

/** TPM_SU (Part 2 §6.10): CLEAR forgets what Shutdown(STATE) kept. */
export type StartupType = 'CLEAR' | 'STATE';
const startupType = (type: StartupType): Uint8Array => u16(type === 'CLEAR' ? 0 : 1);

export const TPM2_Startup = command({
	name: 'TPM2_Startup',
	code: 0x144,
	parameters: (input: { readonly startupType: StartupType }) => [startupType(input.startupType)],
	output: nothing,
});

export const TPM2_Shutdown = command({
	name: 'TPM2_Shutdown',
	code: 0x145,
	parameters: (input: { readonly shutdownType: StartupType }) => [startupType(input.shutdownType)],
	output: nothing,
});

/** Part 3 §10. With `fullTest` false only what was not tested yet. */
export const TPM2_SelfTest = command({
	name: 'TPM2_SelfTest',
	code: 0x143,
	parameters: (input: { readonly fullTest: boolean }) => [u8(input.fullTest ? 1 : 0)],
	output: nothing,
});
