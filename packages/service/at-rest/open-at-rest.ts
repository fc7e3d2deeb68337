import type { Custody } from '@keyward/core/device';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import type { AdmissionStore, Clock, DataKeyStore, Entropy } from '@keyward/core/port';
import type { SqliteStore } from '@keyward/store';
import type { ServiceConfig } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import { type DataKeys, openDataKeys } from './data-keys.ts';
import { type Erased, eraseReadings, type ErasureOptions } from './erasure.ts';
import { encryptedStore } from './encrypted-store.ts';
import { encryptionFolderOf, openKeyEncryptionKey } from './key-encryption-key.ts';

/** A site's store with its keys. */
export interface AtRest {
	/** Gives what was sent, out of what is encrypted. */
	readonly store: SqliteStore;
	readonly keys: DataKeys;
	/** What it shows of itself now. */
	facts(): Promise<Fact[]>;
	/** Destroys the key of a device's readings, once it is known how work is done with no commit under way. */
	eraser(alone: ErasureOptions['alone']): (application: string, device: string) => Promise<Erased>;
}

/** Opens the keys of an open database, making them at the first start. Throws what `openKeyEncryptionKey` throws. */
export const openAtRest = async (
	{ data, sealFile, readingsKey }: Pick<ServiceConfig, 'data' | 'sealFile' | 'readingsKey'>,
	database: SqliteStore,
	clock: Clock,
	entropy: Entropy,
	log: Pick<Log, 'info' | 'warn'>,
): Promise<AtRest> => {
	const isUsed = (await database.dataKeys()).length > 0;
	const folder = encryptionFolderOf(data);
	const { key, custody } = await openKeyEncryptionKey({ folder, sealFile, custody: readingsKey, isUsed, entropy });
	const keys = await openDataKeys({ store: database, keyEncryptionKey: key, clock, entropy });
	if (!(await database.allEncrypted())) {
		log.warn(
			'readings of an older version lie in the store in plain: what comes from now on is encrypted, they stay so until retention forgets them',
		);
	}
	const store = encryptedStore(database, keys);
	return {
		store,
		keys,
		facts: () => atRestFacts(database, custody, clock),
		eraser: (alone) => (application, device) => eraseReadings({ data, store, keys, alone, clock }, application, device),
	};
};

/**
 * What the open store and its key show. Readings of before that are still plain are said, and count as nothing. That the data keys
 * open under the key that is kept elsewhere is shown by the store being open at all.
 */
const atRestFacts = async (
	store: Pick<DataKeyStore, 'allEncrypted'> & Pick<AdmissionStore, 'tokensAreHashes'>,
	custody: Custody,
	clock: Clock,
): Promise<Fact[]> => {
	const seen = { subject: serviceComponent, strength: 'observed', source: 'store', at: clock.now() } as const;
	const encrypted = custody === 'pkcs11' ? 'key-in-hsm' : 'encrypted';
	return [
		{ ...seen, claim: 'at-rest-encryption', value: (await store.allEncrypted()) ? encrypted : 'plain' },
		{ ...seen, claim: 'secrets-wrapped', value: (await store.tokensAreHashes()) || 'a token in plain' },
	];
};
