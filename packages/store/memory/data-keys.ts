import type { DataKey, DataKeyStore } from '@keyward/core/port';

export const memoryDataKeys = (): Omit<DataKeyStore, 'allEncrypted'> => {
	let keys: DataKey[] = [];
	let given = 0;
	return {
		dataKeys: async () => keys.map((key) => ({ ...key, wrapped: key.wrapped.slice() })),
		addDataKey: async (key) => {
			given++;
			keys.push({ ...key, number: given, wrapped: key.wrapped.slice() });
			return given;
		},
		// They are gone with the process, and so are the rows.
		endDataKeys: async () => {},
		destroyDataKeys: async (application, device) => {
			const before = keys.length;
			keys = keys.filter((key) => key.application !== application || key.device !== device);
			return before - keys.length;
		},
	};
};
