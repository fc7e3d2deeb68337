import type { Answer, ApiDependencies } from './answer.ts';

export const ledgerVerify =
	({ verification, policies }: ApiDependencies): Answer<'ledger.verify'> =>
	({ application }) =>
		verification.verify(application === undefined ? null : policies.mustHave(application).application);
