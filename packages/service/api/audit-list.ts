import { readInput } from './audit-log.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const auditList =
	({ store }: ApiDependencies): Answer<'audit.list'> =>
	async (query) =>
		(await store.actions(query)).map(({ number, at, who, operation, application, input, ended }) => {
			const fields = readInput(input);
			const reason = fields['reason'] ?? fields['purpose'];
			return {
				...{ number, at, who, operation, application, input: fields },
				reason: typeof reason === 'string' ? reason : null,
				...{ ended: ended?.at ?? null, result: ended?.result ?? null },
			};
		});
