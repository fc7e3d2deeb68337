import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { eraseFile, syncFolder } from '@keyward/custody';
import { keyStoreOf, type IdentityRecord, openIdentity, readIdentityRecord } from '../identity/identity.ts';
import { IDENTITY_LOCK } from '../identity/identity-lock.ts';
import { Outbox } from '../outbox/outbox.ts';
import { callSite } from './call-site.ts';
import { CLEARING_FILE, clearPart } from './clear-part.ts';
import { nextKeyName } from './key-name.ts';
import { streamKeyName } from './register-key.ts';

export interface RetireOptions {
	readonly folder: string;
	/** Erases readings that the site does not have. */
	readonly evenUndelivered?: boolean;
	/** Clears the TPM that the key is in, with all else under its owner, and has it show that to the site. */
	readonly clearTpm?: boolean;
}

export interface Retirement {
	readonly application: string;
	readonly id: string;
	/** What was destroyed, in words, in that order. */
	readonly erased: readonly string[];
	/** Why the site could not be told before the keys went; null where it was, and has revoked the certificate. */
	readonly untold: string | null;
	/** True when the TPM was cleared, and the site has seen that it was. */
	readonly cleared: boolean;
	/** Readings that the site never took and that were lost with the outbox. */
	readonly lost: number;
	/** What this could not do and somebody should, in sentences. */
	readonly remaining: readonly string[];
}

/**
 * Takes a device out of service at its own end: tells the site while there is a key to tell it with, destroys keys, outbox and
 * certificate, and looks that they are gone. The keys go first; cut short, the same call goes on. A site that is away keeps no key
 * alive (erased-at-retirement, CR 4.2).
 *
 * Throws `Problem('identity-file')` when the folder is no device's, `Problem('store-in-use')` while an agent runs on it,
 * `Problem('outbox-not-empty')`, and what the key's place does when it cannot be reached: nothing was erased then.
 */
export const retire = async ({
	folder,
	evenUndelivered = false,
	clearTpm = false,
}: RetireOptions): Promise<Retirement> => {
	// Not the whole identity: its certificate may be gone already.
	const identity = await readIdentityRecord(folder);
	if (identity === null) throw new Problem('identity-file', `There is no device in ${folder}.`);
	if (identity.kind !== 'device') {
		throw new Problem('identity-file', `${folder} is a reader's: revoke it at the site, and delete the folder.`);
	}
	const { application, id } = identity;
	let lost = 0;
	let untold: string | null = null;
	const erased: string[] = [];
	{
		using outbox = new Outbox(folder);
		lost = outbox.waiting;
		if (lost > 0 && !evenUndelivered) {
			throw new Problem(
				'outbox-not-empty',
				`${lost} readings wait that the site does not have: deliver them with "keyward device run --until-drained", or give them up with --even-undelivered.`,
			);
		}
		if (clearTpm) await clearPart(folder);
		else untold = await tellSite(folder);
		erased.push(...(await eraseKeys(folder, identity)));
	}
	// The readings, also those of an outbox that was damaged; and last what says that this is not finished.
	const readings = (await readdir(folder)).filter((name) => name.startsWith('outbox.sqlite'));
	const files = [
		'certificate.next.pem',
		'seal.key',
		'token-pin-refused',
		CLEARING_FILE,
		IDENTITY_LOCK,
		'certificate.pem',
		'service-ca.pem',
	];
	for (const name of ['keys', 'tpm']) await rm(join(folder, name), { recursive: true, force: true });
	for (const name of [...readings, ...files, 'identity.json']) {
		const path = join(folder, name);
		if (!existsSync(path)) continue;
		if (name === 'seal.key') await eraseFile(path);
		else await rm(path);
		erased.push(path);
	}
	await syncFolder(folder);
	const left = ['keys', 'tpm', ...readings, ...files, 'identity.json'].filter((name) => existsSync(join(folder, name)));
	if (left.length > 0) {
		throw new Problem(
			'key-file',
			`${folder} still holds ${left.join(', ')} after it was erased: look who writes there.`,
		);
	}
	return {
		application,
		id,
		erased,
		untold,
		cleared: clearTpm,
		lost,
		remaining: remainingOf(identity, untold, clearTpm),
	};
};

/** Null when the site knows; else why not. */
const tellSite = async (folder: string): Promise<string | null> => {
	try {
		await callSite(await openIdentity(folder), { operation: 'device.retire', input: {} });
		return null;
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return `${error.code}: ${error.detail}`;
	}
};

/** The present key, one that it took the place of, one whose certificate never came, and the stream key. */
const eraseKeys = async (folder: string, record: IdentityRecord): Promise<string[]> => {
	const { key, superseded, streamKey, outboxKey } = record;
	const keyStore = await keyStoreOf(folder, record);
	const erased: string[] = [];
	for (const name of [key, superseded, nextKeyName(key), streamKey?.name ?? streamKeyName(record), outboxKey?.name]) {
		if (name !== undefined && (await keyStore.erase(name))) erased.push(keyStore.where(name));
	}
	return erased;
};

const remainingOf = (
	{ application, id, hardware, sealFile }: IdentityRecord,
	untold: string | null,
	cleared: boolean,
): string[] => {
	const remaining = [
		untold === null
			? `At the site, where its readings are to go too: keyward device erase ${id} --application ${application} --reason … --yes`
			: `At the site, which could not be told (${untold}): keyward revoke device ${id} --application ${application} --cause cessationOfOperation --reason …`,
	];
	if (hardware?.custody === 'tpm2' && !cleared) {
		remaining.push(
			'Copies of the folder made before still load in this TPM: tpm2_clear makes them, and all else under its owner, worthless (--clear-tpm would have done it, and shown the site).',
		);
	} else if (hardware === undefined) {
		remaining.push(
			'A disk that spreads its wear, or a copy of the folder, may still hold the old key: destroy those too.',
		);
	}
	if (sealFile !== null) remaining.push(`The seal ${sealFile} lies outside the folder: destroy it too.`);
	return remaining;
};
