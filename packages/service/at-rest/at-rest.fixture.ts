import { randomBytes } from 'node:crypto';
import type { DataKeyStore } from '@keyward/core/port';
import type { SqliteStore } from '@keyward/store';
import { silentLog } from '../log/log.ts';
import { type DataKeys, openDataKeys } from './data-keys.ts';
import { type AtRest, openAtRest } from './open-at-rest.ts';

const clock = { now: (): number => Date.now() };
const entropy = { bytes: (count: number): Uint8Array => Uint8Array.from(randomBytes(count)) };
const keyEncryptionKey = entropy.bytes(32);

/** Keys for a store of a test, under one key-encryption key for the process. */
export const openTestKeys = (store: DataKeyStore): Promise<DataKeys> =>
	openDataKeys({ store, keyEncryptionKey, clock, entropy });

/** A database of a test with its keys in files of that folder. */
export const openTestAtRest = (database: SqliteStore, data: string): Promise<AtRest> =>
	openAtRest({ data, sealFile: null, readingsKey: { custody: 'file' } }, database, clock, entropy, silentLog);
