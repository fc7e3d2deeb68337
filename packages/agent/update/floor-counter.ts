import type { Hardware } from '../hardware/hardware.ts';

/** A floor that only rises, in a part that who can write to the folder cannot turn back. */
export interface FloorCounter {
	/** The highest floor that it counts. */
	readonly highest: number;
	/** Goes on where a power cut left it half made. */
	prepare(): Promise<void>;
	/** 0 before the first confirmation. */
	read(): Promise<number>;
	/** Durable when it resolves; nothing happens where it is as high already. */
	raise(floor: number): Promise<void>;
}

/** Of the TPM that the device's key is in; null for a key that is elsewhere. */
export const floorCounterOf = async (hardware: Hardware | undefined): Promise<FloorCounter | null> => {
	if (hardware?.custody !== 'tpm2') return null;
	const { HIGHEST_COUNTED_FLOOR, openTpm, tpmFloorCounter } = await import('@keyward/custody/tpm2');
	const { tcti } = hardware;
	return {
		highest: HIGHEST_COUNTED_FLOOR,
		prepare: async () => {
			await using tpm = openTpm(tcti);
			await tpmFloorCounter(tpm).prepare();
		},
		read: async () => {
			await using tpm = openTpm(tcti);
			return await tpmFloorCounter(tpm).read();
		},
		raise: async (floor) => {
			await using tpm = openTpm(tcti);
			await tpmFloorCounter(tpm).raise(floor);
		},
	};
};
