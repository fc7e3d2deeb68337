import { TPM2_GetCapability } from './commands/capability.ts';
import type { Tpm } from './tpm.ts';

/** What a TPM says of itself: *claimed*, for anybody can write an emulator that says otherwise. */
export interface TpmDescription {
	/** TPM_PT_MANUFACTURER: four letters of the TCG vendor list, such as `IFX` or `IBM`. */
	readonly manufacturer: string;
	/** TPM_PT_VENDOR_STRING_1 to 4. */
	readonly vendor: string;
	/** TPM_PT_FIRMWARE_VERSION_1 and 2, as an attestation has it. */
	readonly firmwareVersion: bigint;
	/** True for emulators that own up to it: libtpms, which swtpm and QEMU use, and Microsoft's reference. */
	readonly emulator: boolean;
}

const MANUFACTURER = 0x105;
const FIRMWARE_VERSION = 0x10b;

/** Asks for the fixed properties (Part 2 §6.13). */
export const describeTpm = (tpm: Tpm): Promise<TpmDescription> =>
	tpm.operation(async () => {
		const input = { capability: 'properties', property: MANUFACTURER, propertyCount: 8 } as const;
		const { properties } = await TPM2_GetCapability(tpm, input);
		const word = (property: number): number => properties.get(property) ?? 0;
		const letters = (...property: readonly number[]): string => {
			const bytes = Buffer.alloc(4 * property.length);
			for (const [index, one] of property.entries()) bytes.writeUInt32BE(word(one), 4 * index);
			return bytes.toString('latin1').replaceAll('\0', '').trim();
		};
		const manufacturer = letters(MANUFACTURER);
		const vendor = letters(0x106, 0x107, 0x108, 0x109);
		return {
			manufacturer,
			vendor,
			firmwareVersion: (BigInt(word(FIRMWARE_VERSION)) << 32n) | BigInt(word(FIRMWARE_VERSION + 1)),
			emulator: /^(SW\s+TPM|xCG)/.test(vendor),
		};
	});
