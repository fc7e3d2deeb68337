import { readFileSync } from 'node:fs';
import { type PublishedKeys, readPublishedKeys } from '@keyward/core/keycheck/published-keys';

/** The list that is shipped with core. Throws `Problem('file-unreadable')` where it is damaged. */
export const publishedKeys = (): PublishedKeys =>
	readPublishedKeys(readFileSync(new URL(import.meta.resolve('@keyward/core/keycheck/published-keys.bin'))));
