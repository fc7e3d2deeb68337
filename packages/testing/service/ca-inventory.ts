import type { AuthorityStore } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';

const inventories = new Map<string, AuthorityStore>();

/** The store in which a test's site in that folder has its CAs: the same at every start. */
export const inventoryAt = (folder: string): AuthorityStore => {
	const store = inventories.get(folder) ?? openMemoryStore();
	inventories.set(folder, store);
	return store;
};
