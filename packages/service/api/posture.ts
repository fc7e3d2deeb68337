import { remedyOf } from '@keyward/core/policy';
import type { Answer, ApiDependencies } from './answer.ts';

export const posture =
	({ appraisal }: ApiDependencies): Answer<'posture'> =>
	async ({ application, level }) =>
		(await appraisal.posture(application, level)).map((one) => ({
			...one,
			objectives: one.objectives.map((objective) => ({
				...objective,
				weakest: objective.weakest.map((weakness) => ({
					...weakness,
					remedy: weakness.barred ? null : remedyOf(weakness.requirement, weakness.component),
				})),
			})),
		}));

export const postureChain =
	({ appraisal }: ApiDependencies): Answer<'posture.chain'> =>
	({ application }) =>
		appraisal.chain(application);
