import type { Answer, ApiDependencies } from './answer.ts';

export const policyList =
	({ policies }: ApiDependencies): Answer<'policy.list'> =>
	async () =>
		policies.epochs().map(({ application, epoch, text, at }) => ({ application, epoch, text, at }));
