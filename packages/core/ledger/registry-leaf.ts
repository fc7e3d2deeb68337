import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { CoveredRow } from '../port/registry-log.ts';
import { Problem } from '../problem/problem.ts';
import { readRows, REGISTRY_LEAF } from './registry-rows.ts';
import { type CompactRange, HASH_LENGTH, leafHash, root } from './tree.ts';
import { LeafWriter } from './varint.ts';

/**
 * A leaf covers the rows of the registry that one transaction changed:
 *
 *     leaf = 0x03 ‖ varint(number of rows) ‖ row… ‖ HMAC-SHA256(secret, u64(index) ‖ root before ‖ all before)
 *     row  = text(kind) ‖ text(key) ‖ 0x01 ‖ SHA-256 of its content   or   text(kind) ‖ text(key) ‖ 0x00, removed
 *
 * CR 3.9, CR 2.1: a grant written into the database by hand, or a revocation taken out, has no leaf. Who knows this form could
 * write one: the secret hangs on the ledger's key, which the database does not hold, and the leaf names the tree that it
 * stands on, so that it holds at no other place.
 */
export const makeRegistryLeaf = (
	rows: readonly CoveredRow[],
	tree: CompactRange,
	secret: Uint8Array,
): { readonly bytes: Uint8Array; readonly hash: Uint8Array } => {
	const writer = new LeafWriter(256);
	writer.byte(REGISTRY_LEAF);
	writer.varint(rows.length);
	for (const { kind, key, state } of rows) {
		writer.text(kind);
		writer.text(key);
		writer.byte(state === null ? 0 : 1);
		if (state !== null) writer.bytes(state);
	}
	const body = writer.done();
	const bytes = new Uint8Array(Buffer.concat([body, authenticate(body, tree, secret)]));
	return { bytes, hash: leafHash(bytes) };
};

/** The rows of the leaf that stands on `tree`. Throws `Problem('ledger-broken')`, also when it was not made under the secret. */
export const readRegistryLeaf = (bytes: Uint8Array, tree: CompactRange, secret: Uint8Array): readonly CoveredRow[] => {
	const { rows, code } = readRows(bytes);
	if (!timingSafeEqual(code, authenticate(bytes.subarray(0, bytes.length - HASH_LENGTH), tree, secret))) {
		throw new Problem('ledger-broken', 'it was not written by this site, or for another place');
	}
	return rows;
};

const authenticate = (body: Uint8Array, tree: CompactRange, secret: Uint8Array): Uint8Array => {
	const index = Buffer.alloc(8);
	index.writeBigUInt64BE(BigInt(tree.size));
	// Node 24 finds out by an exception that bare bytes are no key object: 8 µs for each leaf, four times the HMAC.
	const key = createSecretKey(secret);
	return new Uint8Array(createHmac('sha256', key).update(index).update(root(tree)).update(body).digest());
};
