import { Problem } from '@keyward/core';
import { u32 } from '@keyward/core/tpm2';
import { command } from '../protocol/command.ts';

/** TPM_CAP (Part 2 §6.12). */
const capabilities = Object.freeze({ handles: 0x1, properties: 0x6 } as const);

/**
 * Part 3 §30.2, of handles (the first byte of `property` says of what kind) or of TPM_PT properties, from `property` on. A TPM
 * gives fewer than asked for and sets `moreData` as it likes.
 */
export const TPM2_GetCapability = command({
	name: 'TPM2_GetCapability',
	code: 0x17a,
	parameters: (input: {
		readonly capability: keyof typeof capabilities;
		readonly property: number;
		readonly propertyCount: number;
	}) => [u32(capabilities[input.capability]), u32(input.property), u32(input.propertyCount)],
	output: (reader) => {
		const moreData = reader.u8() !== 0;
		const capability = reader.u32();
		const count = reader.u32();
		const handles: number[] = [];
		const properties = new Map<number, number>();
		for (let index = 0; index < count; index++) {
			if (capability === capabilities.handles) handles.push(reader.u32());
			else if (capability === capabilities.properties) properties.set(reader.u32(), reader.u32());
			else
				throw new Problem('tpm-malformed', `The TPM answers with capability ${capability}, which was not asked for.`);
		}
		return { moreData, handles, properties };
	},
});
