import { generateKeyPairSync } from 'node:crypto';
import type { Signer } from '@keyward/core/port';
import { signerOf } from './file-key.ts';

/** A P-256 key in this process's memory alone: gone with it, so that there is nothing to keep, back up or steal from a disk. */
export const makeEphemeralKey = (): Signer =>
	signerOf(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
