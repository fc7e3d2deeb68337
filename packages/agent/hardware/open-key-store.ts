import type { FileKeyOptions } from '@keyward/custody';
import type { DeviceKeyStore } from './device-key-store.ts';
import { deviceFileStore } from './file-key-store.ts';
import type { Hardware } from './hardware.ts';

/** `folder` is that of the device or reader. With a key in a file nothing of TPMs and tokens is loaded: they are 110 modules. */
export const openKeyStore = async (
	folder: string,
	hardware: Hardware | undefined,
	options: FileKeyOptions,
): Promise<DeviceKeyStore> => {
	if (hardware === undefined) return deviceFileStore(folder, options);
	if (hardware.custody === 'tpm2') {
		const { deviceTpm2Store } = await import('./tpm2-key-store.ts');
		return deviceTpm2Store(folder, hardware);
	}
	const { deviceTokenStore } = await import('./token-key-store.ts');
	return deviceTokenStore(folder, hardware);
};
