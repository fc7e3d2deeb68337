import { mayUseCertificate } from '@keyward/core/device';
import type { Answer, ApiDependencies } from './answer.ts';
import { shownKey } from './registered-key.ts';

export const keyList =
	({ store }: ApiDependencies): Answer<'key.list'> =>
	async ({ application }) => {
		const principals = (await store.principals(application)).filter(({ state }) => mayUseCertificate(state));
		return Promise.all(
			principals.map(async ({ kind, id }) => {
				const keys = await store.registeredKeys({ kind, application, id });
				return { kind, id, keys: keys.map(shownKey) };
			}),
		);
	};
