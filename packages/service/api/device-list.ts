import type { Answer, ApiDependencies } from './answer.ts';
import { listPrincipals } from './principal-summary.ts';

export const deviceList =
	(dependencies: ApiDependencies): Answer<'device.list'> =>
	({ application }) =>
		listPrincipals(dependencies, 'device', application);
