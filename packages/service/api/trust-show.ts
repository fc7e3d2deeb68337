import type { Answer, ApiDependencies } from './answer.ts';

export const trustShow =
	({ siteTrust }: Pick<ApiDependencies, 'siteTrust'>): Answer<'trust.show'> =>
	({ application }) =>
		siteTrust(application);
