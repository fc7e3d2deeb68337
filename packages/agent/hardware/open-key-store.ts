import type { FileKeyOptions } from '@keyward/custody';
import type { DeviceKeyStore } from './device-key-store.ts';
import { deviceFileStore } from './file-key-store.ts';
import type { Hardware } from './hardware.ts';
import { deviceTokenStore } from './token-key-store.ts';
import { deviceTpm2Store } from './tpm2-key-store.ts';

/** `folder` is that of the device or reader. */
export const openKeyStore = (
	folder: string,
	hardware: Hardware | undefined,
	options: FileKeyOptions,
): DeviceKeyStore => {
	if (hardware === undefined) return deviceFileStore(folder, options);
	return hardware.custody === 'tpm2' ? deviceTpm2Store(folder, hardware) : deviceTokenStore(folder, hardware);
};
