import type { LinkStore } from './link-store.ts';
import type { PartStore } from './part-store.ts';
import type { ReadingStore } from './reading-store.ts';
import type { RegistryStore } from './registry-store.ts';

/**
 * Everything the service keeps. One suite runs every implementation.
 *
 * A promise that resolves means durable: after `kill -9` or power loss at any later moment, the next open of the same
 * place sees it. A rejected promise means nothing of that call is kept. Calls begun in order take effect in order.
 * One process opens a place at a time; a second open throws `Problem('store-in-use')`.
 */
export interface Store extends ReadingStore, RegistryStore, LinkStore, PartStore {
	close(): Promise<void>;
}
