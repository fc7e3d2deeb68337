import assert from 'node:assert/strict';
import type { SaidOfKeys } from '@keyward/core/enrol';
import type { PrincipalName } from '@keyward/core/port';
import { raisedUrls } from './agility.ts';
import type { Answer, ApiDependencies } from './answer.ts';

/** What an exercise or a containment asks of this device, which asks now. */
export const askedOfKeys = async (dependencies: ApiDependencies, device: PrincipalName, said: SaidOfKeys | null) => {
	const { agility, rekeyWaves } = dependencies;
	const asks = await agility.asked(device, said);
	const { kind, link } = asks;
	const isAsked = asks.rekey || (await rekeyWaves.mustRekey(device));
	return {
		...(isAsked && ({ rekey: true } as const)),
		...(kind !== null && { kind }),
		...(link !== null && { link: link === 'before' ? link : raisedUrls(dependencies, device.application, link) }),
	};
};

export const keyAsked =
	(dependencies: ApiDependencies): Answer<'key.asked'> =>
	(said, { principal }) => {
		// The rule lets only holders of certificates call.
		assert(principal !== null);
		return askedOfKeys(dependencies, principal, said);
	};
