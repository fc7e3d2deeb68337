import { withRoom } from '../ingest/limits.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const bomImport = ({ updates, limits }: ApiDependencies): Answer<'bom.import'> =>
	withRoom(limits, ({ application, class: className, version, file }) =>
		updates.bills.take(application, className, version, file),
	);
