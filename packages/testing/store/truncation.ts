import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { appendLeaf, decodeCompactRange, encodeCompactRange, makeTruncation, type NoteKey } from '@keyward/core/ledger';
import type { Signer, Store } from '@keyward/core/port';
import { planTruncation } from '@keyward/store';

const originOf = (application: string): string => `test/${application}`;

/** Forgets as the service does, with its own ledger key. */
export interface Truncator {
	/** The key that signs the application's ledger. */
	key(application: string): NoteKey;
	/** Says so in the ledgers, and then does it. Gives how many rows. */
	truncateBefore(store: Store, before: number, most?: number, step?: number): Promise<number>;
}

export const createTruncator = (privateKey: KeyObject): Truncator => {
	const signer: Signer = {
		publicKey: new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
		custody: 'software',
		sign: async (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
	};
	const declare = async (store: Store, application: string, leaves: number, before: number): Promise<void> => {
		const { size, edge } = await store.edge(application);
		const tree = decodeCompactRange(size, edge);
		const leaf = await makeTruncation({ leaves, before, at: 1_790_000_000_000 }, originOf(application), tree, signer);
		const grown = appendLeaf(tree, leaf.hash);
		await store.append({
			rows: [],
			leaves: [{ application, index: size, bytes: leaf.bytes }],
			edges: [{ application, size: grown.size, edge: encodeCompactRange(grown) }],
		});
	};
	return {
		key: (application) => ({ name: originOf(application), publicKey: signer.publicKey }),
		truncateBefore: async (store, before, most = 1_000_000, step = 50) => {
			const plan = await planTruncation(store, before, most, step);
			const end = plan.at(-1);
			if (end === undefined) return 0;
			const done = (await store.forgotten()).leaves;
			for (const [application, leaves] of end.leaves) {
				if (leaves > (done.get(application) ?? 0)) await declare(store, application, leaves, before);
			}
			let count = 0;
			for (const watermark of plan) count += await store.forget(watermark);
			return count;
		},
	};
};

/** One whose key is in that file, made when it is not there: for tests of several processes. */
export const openTruncator = (file: string): Truncator => {
	if (!existsSync(file)) {
		const { privateKey } = generateKeyPairSync('ed25519');
		writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
	}
	return createTruncator(createPrivateKey(readFileSync(file)));
};

/** One for each test file. */
export const { key: ledgerKey, truncateBefore } = createTruncator(generateKeyPairSync('ed25519').privateKey);
