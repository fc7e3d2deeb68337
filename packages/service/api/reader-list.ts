import type { Answer, ApiDependencies } from './answer.ts';
import { listPrincipals } from './principal-summary.ts';

export const readerList =
	(dependencies: ApiDependencies): Answer<'reader.list'> =>
	({ application }) =>
		listPrincipals(dependencies, 'reader', application);
