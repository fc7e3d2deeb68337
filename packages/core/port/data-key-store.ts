import type { DataKeyPurpose } from '../at-rest/data-key.ts';

/** A key that readings are encrypted under, itself under the key-encryption key: of no use without that. */
export interface DataKey extends DataKeyPurpose {
	/** Never given to another. */
	readonly number: number;
	readonly wrapped: Uint8Array;
}

/** The wrapped data keys. What is destroyed here is gone from the store's files; docs/at-rest.md says where copies may be. */
export interface DataKeyStore {
	dataKeys(): Promise<DataKey[]>;
	/** Keeps a key and gives its number. A span's key ends the one before of its application: no later row is under that. */
	addDataKey(key: Omit<DataKey, 'number'>): Promise<number>;
	/** Ends spans' keys of before the day, or all: `forget` destroys one when every row of before its end is forgotten. */
	endDataKeys(before?: number): Promise<void>;
	/** Destroys the keys of a device. Gives how many. */
	destroyDataKeys(application: string, device: string): Promise<number>;
	/** Whether every reading that is kept is encrypted; true where none is kept. */
	allEncrypted(): Promise<boolean>;
}
