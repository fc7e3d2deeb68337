import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import type { SigningAlgorithm } from '@keyward/core/port';
import { acceptCertificate } from './commission.ts';
import { sendRequest } from './send-request.ts';
import {
	changeIdentityRecord,
	keyStoreOf,
	type Identity,
	openIdentity,
	readIdentityRecord,
	settleCertificate,
	writeNextCertificate,
} from '../identity/identity.ts';
import { connectOnce } from '../link/connect-once.ts';
import { Outbox } from '../outbox/outbox.ts';
import { nextKeyName } from './key-name.ts';
import { keepServiceCas } from './renewal.ts';

export interface RekeyOptions {
	readonly folder: string;
	/** PEM file with more certificates of the part's manufacturer, where a TPM does not carry them all. */
	readonly endorsementFile?: string;
	/** Kind of the new key; that of the present one unless said. Throws `Problem('key-kind')` where its place makes none. */
	readonly algorithm?: SigningAlgorithm;
	/** How long an agent that runs on the folder may take to change over. */
	readonly patience?: Milliseconds;
	/** Told what is done next, in words. */
	readonly onProgress?: (step: string) => void;
}

/**
 * Gives a device a new key in the same custody: new key made → certified under the old certificate, by EST simplereenroll,
 * attested as the first one was → certificate beside the old → `identity.json` names the new key → connected with it, which
 * revokes the old one at the site → old key destroyed. Cut short anywhere, the same call finishes what was begun, with the same
 * new key. An agent that runs on the folder notices within seconds and does the last two steps.
 *
 * Throws what a renewal does, `Problem('identity-file')` for a reader's folder, and `Problem('site-unreachable')` when the new
 * key could not be used: the old one stays then.
 */
export const rekey = async (options: RekeyOptions): Promise<Identity> => {
	const { folder, onProgress = () => {} } = options;
	const identity = await openIdentity(folder);
	if (identity.kind !== 'device') {
		throw new Problem(
			'identity-file',
			`${folder} belongs to a reader. To give a reader a new key, commission it again.`,
		);
	}
	if (identity.superseded === undefined) await changeKey(identity, options);
	else onProgress('finishing a change of key that was cut short');
	await settleCertificate(folder);

	const outbox = openUnlessInUse(folder);
	if (outbox === null) {
		onProgress('waiting for the agent that runs on this folder');
		await untilAgentChanged(folder, options.patience ?? seconds(60));
	} else {
		try {
			onProgress('connecting with the new key');
			await connectOnce(folder);
			onProgress('destroying the old key');
			await destroySuperseded(folder);
		} finally {
			outbox.close();
		}
	}
	return openIdentity(folder);
};

const changeKey = async (
	identity: Identity,
	{ algorithm, endorsementFile, onProgress }: RekeyOptions,
): Promise<void> => {
	const { folder, keyStore } = identity;
	if (algorithm !== undefined && !keyStore.makes.includes(algorithm))
		throw new Problem(
			'key-kind',
			`The place of the key of ${identity.id} makes ${keyStore.makes.join(', ')}: choose one of these.`,
		);
	const key = nextKeyName(identity.key);
	onProgress?.('making a new key and having it certified');
	const certify = () =>
		sendRequest(identity, {
			certify: key,
			...(algorithm !== undefined && { algorithm }),
			...(endorsementFile !== undefined && { endorsementFile }),
		});
	const { chain, authorities, publicKey, attested } = await certify().catch(async (error: unknown) => {
		// A try that was cut short left a key of a kind that its site does not want: it was never certified.
		if (!(error instanceof Problem) || error.code !== 'key-kind' || !(await keyStore.erase(key))) throw error;
		return certify();
	});
	const certificate = acceptCertificate(chain, publicKey, authorities);
	await keepServiceCas(identity, authorities);
	await writeNextCertificate(folder, certificate);
	// From here on the new key is the device's.
	await changeIdentityRecord(folder, (record) => ({ ...record, key, superseded: identity.key, attested }));
};

/**
 * Destroys the key before the present one, once this one was used: until then the site takes both. Nothing where there is none.
 */
export const destroySuperseded = async (folder: string): Promise<void> => {
	const record = await readIdentityRecord(folder);
	if (record?.superseded === undefined) return;
	await settleCertificate(folder);
	const keyStore = await keyStoreOf(folder, record);
	await keyStore.erase(record.superseded);
	// Where the key was changed once more meanwhile, that one's predecessor stays named.
	await changeIdentityRecord(folder, ({ superseded, ...rest }) => (superseded === record.superseded ? rest : null));
};

/** The outbox is the lock of an agent; null when one runs. */
const openUnlessInUse = (folder: string): Outbox | null => {
	try {
		return new Outbox(folder);
	} catch (error) {
		if (error instanceof Problem && error.code === 'store-in-use') return null;
		throw error;
	}
};

const untilAgentChanged = async (folder: string, patience: Milliseconds): Promise<void> => {
	for (const end = Date.now() + patience; Date.now() < end; await sleep(200)) {
		if ((await readIdentityRecord(folder))?.superseded === undefined) return;
	}
	throw new Problem(
		'site-unreachable',
		'The agent has not changed over to the new key yet; it goes on trying, and destroys the old key then. Look at its output.',
	);
};
