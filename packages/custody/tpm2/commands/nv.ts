import { sized, sizedStructure, TPMS_NV_PUBLIC, u16 } from '@keyward/core/tpm2';
import { command } from '../protocol/command.ts';
import type { Handle } from '../protocol/handle.ts';

const none = new Uint8Array();

/** Part 3 §31.6. */
export const TPM2_NV_ReadPublic = command({
	name: 'TPM2_NV_ReadPublic',
	code: 0x169,
	handles: (input: { readonly nvIndex: number }) => [{ handle: input.nvIndex, name: none }],
	output: (reader): { readonly nvPublic: TPMS_NV_PUBLIC; readonly nvName: Uint8Array } => {
		const nvPublic = sizedStructure(TPMS_NV_PUBLIC).read(reader);
		return { nvPublic, nvName: reader.sized() };
	},
});

/** Part 3 §31.13. At most TPM_PT_NV_BUFFER_MAX bytes at a time; 512 always fit. */
export const TPM2_NV_Read = command({
	name: 'TPM2_NV_Read',
	code: 0x14e,
	handles: (input: {
		readonly authHandle: Handle;
		readonly nvIndex: Handle;
		readonly size: number;
		readonly offset: number;
	}) => [input.authHandle, input.nvIndex],
	authorized: 1,
	parameters: ({ size, offset }) => [u16(size), u16(offset)],
	output: (reader) => ({ data: reader.sized() }),
});

/** Part 3 §31.3, with an empty authorization value. */
export const TPM2_NV_DefineSpace = command({
	name: 'TPM2_NV_DefineSpace',
	code: 0x12a,
	handles: (input: { readonly authHandle: Handle; readonly publicInfo: TPMS_NV_PUBLIC }) => [input.authHandle],
	authorized: 1,
	parameters: ({ publicInfo }) => [sized(none), sized(TPMS_NV_PUBLIC.marshal(publicInfo))],
	output: () => {},
});

/** Part 3 §31.4. */
export const TPM2_NV_UndefineSpace = command({
	name: 'TPM2_NV_UndefineSpace',
	code: 0x122,
	handles: (input: { readonly authHandle: Handle; readonly nvIndex: Handle }) => [input.authHandle, input.nvIndex],
	authorized: 1,
	output: () => {},
});

/** Part 3 §31.7. */
export const TPM2_NV_Write = command({
	name: 'TPM2_NV_Write',
	code: 0x137,
	handles: (input: {
		readonly authHandle: Handle;
		readonly nvIndex: Handle;
		readonly data: Uint8Array;
		readonly offset: number;
	}) => [input.authHandle, input.nvIndex],
	authorized: 1,
	parameters: ({ data, offset }) => [sized(data), u16(offset)],
	output: () => {},
});

/** Part 3 §31.8, of a counter: it cannot be turned back, and one that is made again begins where any before it ended. */
export const TPM2_NV_Increment = command({
	name: 'TPM2_NV_Increment',
	code: 0x134,
	handles: (input: { readonly authHandle: Handle; readonly nvIndex: Handle }) => [input.authHandle, input.nvIndex],
	authorized: 1,
	output: () => {},
});

/** Part 3 §31.11: nothing writes to it from then on. */
export const TPM2_NV_WriteLock = command({
	name: 'TPM2_NV_WriteLock',
	code: 0x138,
	handles: (input: { readonly authHandle: Handle; readonly nvIndex: Handle }) => [input.authHandle, input.nvIndex],
	authorized: 1,
	output: () => {},
});
