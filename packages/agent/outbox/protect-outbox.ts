import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { decodeBase64 } from '@keyward/core/format/pem';
import { changeIdentityRecord, type Identity, type IdentityRecord, openIdentity } from '../identity/identity.ts';
import type { Outbox } from './outbox.ts';

/** One for each device: a token may hold the keys of several. */
export const outboxKeyName = ({ application, id }: Pick<IdentityRecord, 'application' | 'id'>): string =>
	`outbox_${application}_${id}`;

const RETRY: Milliseconds = seconds(5);

/**
 * Has the outbox encrypt for a key of the device's key store, made at the first run. The key itself is needed only to open what an earlier
 * run kept: where the part cannot be reached now, the agent measures on, and {@link followLock} asks again. */
export const protectOutbox = async (
	identity: Identity,
	outbox: Outbox,
	complain: (problem: Problem) => void,
): Promise<void> => {
	try {
		const publicKey = identity.outboxKey?.publicKey ?? (await makeKey(identity));
		outbox.cipher.protect(decodeBase64(publicKey, 'identity-file'));
	} catch (error) {
		// Some parts have no key that agrees, and one may be away at the first run: what is measured is kept all the same, and this is said.
		if (!(error instanceof Problem) || identity.outboxKey !== undefined) throw error;
		complain(new Problem(error.code, `Readings wait in the outbox in plain: ${error.detail}`));
	}
	await tryUnlock(identity, outbox, complain);
};

/** Ends when nothing is locked any more, or with the signal. */
export const followLock = async (
	folder: string,
	outbox: Outbox,
	complain: (problem: Problem) => void,
	onUnlocked: () => void,
	signal: AbortSignal,
): Promise<void> => {
	if (!outbox.cipher.locked) return;
	while (!signal.aborted && outbox.cipher.locked) {
		await sleep(RETRY, undefined, { signal }).catch(() => {});
		if (!signal.aborted) await tryUnlock(await openIdentity(folder), outbox, complain);
	}
	if (!signal.aborted) onUnlocked();
};

const makeKey = async (identity: Identity): Promise<string> => {
	const { keyStore, folder } = identity;
	const name = outboxKeyName(identity);
	const key = (await keyStore.has(name)) ? await keyStore.openAgreement(name) : await keyStore.createAgreement(name);
	const publicKey = Buffer.from(key.publicKey).toString('base64');
	await changeIdentityRecord(folder, (record) => ({ ...record, outboxKey: { name, publicKey } }));
	return publicKey;
};

const tryUnlock = async (identity: Identity, outbox: Outbox, complain: (problem: Problem) => void): Promise<void> => {
	if (!outbox.cipher.locked) return;
	try {
		const key = await identity.keyStore.openAgreement(identity.outboxKey?.name ?? outboxKeyName(identity));
		const lost = await outbox.unlock((point) => key.agree(point));
		if (lost === 0) return;
		complain(
			new Problem(
				'key-file',
				`${lost} readings in the outbox were encrypted for a key that this device has not any more: they cannot be read.`,
			),
		);
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		complain(error);
	}
};
