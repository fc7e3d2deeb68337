import assert from 'node:assert/strict';
import { Problem } from '@keyward/core';
import { judgeRegisteredKey, registeredThumbprint } from '@keyward/core/enrol';
import { decodeBase64, keyThumbprint } from '@keyward/core/format';
import type { Answer, ApiDependencies } from './answer.ts';

export const keyRegister =
	({ store, clock }: ApiDependencies): Answer<'key.register'> =>
	async ({ purpose, key: text, proof }, { principal }) => {
		// The schema lets only holders of certificates call.
		assert(principal !== null);
		const key = decodeBase64(text, 'key-form');
		const shown = proof === undefined ? null : decodeBase64(proof, 'key-not-proven');
		const refusal = judgeRegisteredKey(principal, { purpose, key }, shown);
		if (refusal !== null) throw new Problem(refusal.code, refusal.reason);
		const holders = await store.holders(keyThumbprint(key));
		if (holders.length > 0) {
			throw new Problem('key-seen-before', 'A certificate was made for this key: make another for this purpose.');
		}
		await store.registerKey(principal, { purpose, key, at: clock.now() });
		return { thumbprint: Buffer.from(registeredThumbprint({ purpose, key })).toString('hex') };
	};
