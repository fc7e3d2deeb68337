import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../problem/problem.ts';
import { decodePem, encodePem } from '../pem.ts';
import {
	decodeTpmKeyFile,
	encodeTpmKeyFile,
	SIGNING_KEY_P256,
	TPM_RH,
	type TpmKeyFile,
	withPublicKey,
} from './index.ts';

const LABEL = 'TSS2 PRIVATE KEY';
const malformed = (error: unknown): boolean => error instanceof Problem && error.code === 'tpm-malformed';
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const file: TpmKeyFile = {
	emptyAuth: true,
	description: null,
	rsaParent: false,
	parent: TPM_RH.OWNER,
	publicArea: withPublicKey(SIGNING_KEY_P256, publicKey.export({ type: 'spki', format: 'der' })),
	privateArea: new Uint8Array(randomBytes(126)),
};
const derOf = (one: TpmKeyFile): Uint8Array =>
	decodePem(LABEL, encodeTpmKeyFile(one), 'tpm-malformed')[0] ?? new Uint8Array();

test('a key file is read as it was written', () => {
	fc.assert(
		fc.property(
			fc.record({
				emptyAuth: fc.boolean(),
				description: fc.option(fc.string({ unit: 'grapheme', maxLength: 40 })),
				rsaParent: fc.boolean(),
				parent: fc.constantFrom(TPM_RH.OWNER, TPM_RH.ENDORSEMENT, 0x8100_0001, 0x8101_0001),
			}),
			(some) => assert.deepEqual(decodeTpmKeyFile(encodeTpmKeyFile({ ...file, ...some })), { ...file, ...some }),
		),
		{ numRuns: 50 },
	);
});

test('cut at any byte, or longer, it is refused', () => {
	const der = derOf(file);
	for (let length = 1; length < der.length; length++) {
		assert.throws(() => decodeTpmKeyFile(encodePem(LABEL, der.subarray(0, length))), malformed, `cut at ${length}`);
	}
	assert.throws(() => decodeTpmKeyFile(encodePem(LABEL, Uint8Array.of(...der, 0))), malformed);
});

test('any byte changed, it is refused, or another key, and never anything else', () => {
	const der = derOf(file);
	for (let at = 0; at < der.length; at++) {
		const changed = der.slice();
		changed[at] = (changed[at] ?? 0) ^ 0x41;
		try {
			assert.notDeepEqual(decodeTpmKeyFile(encodePem(LABEL, changed)), file, `byte ${at}`);
		} catch (error) {
			if (!malformed(error)) throw error;
		}
	}
});

test('other types, two keys in one file, and policies are refused', () => {
	const der = derOf(file);
	const importable = der.slice();
	importable[der.indexOf(0x67) + 5] = 4;
	assert.throws(() => decodeTpmKeyFile(encodePem(LABEL, importable)), malformed);
	assert.throws(() => decodeTpmKeyFile(encodeTpmKeyFile(file) + encodeTpmKeyFile(file)), malformed);
	assert.throws(() => decodeTpmKeyFile(encodePem('PRIVATE KEY', der)), malformed);
	const policy = der.slice();
	assert.equal(policy[11], 0xa0);
	policy[11] = 0xa1;
	assert.throws(() => decodeTpmKeyFile(encodePem(LABEL, policy)), malformed);
});
