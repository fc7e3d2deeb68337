import { remedyOf } from '@keyward/core/policy';
import type { Answer, ApiDependencies } from './answer.ts';

/** Kinds of weakness of one objective. Reasons that name a span differ by device, so that there may be very many. */
const MOST_ALIKE = 100;

export const posture =
	({ appraisal }: ApiDependencies): Answer<'posture'> =>
	async ({ application, level, all = false }) =>
		(await appraisal.posture(application, level, all ? Number.POSITIVE_INFINITY : undefined)).map((one) => ({
			...one,
			objectives: one.objectives.map((objective) => ({
				...objective,
				alike: all ? objective.alike : objective.alike.slice(0, MOST_ALIKE),
				weakest: objective.weakest.map((weakness) => ({
					...weakness,
					remedy: weakness.barred ? null : remedyOf(weakness.requirement, weakness.component),
				})),
			})),
		}));

export const postureChangesSince =
	({ appraisal }: ApiDependencies): Answer<'posture.changes'> =>
	({ application, since, limit }) =>
		appraisal.changes(application, since, limit);

export const postureChain =
	({ appraisal }: ApiDependencies): Answer<'posture.chain'> =>
	({ application }) =>
		appraisal.chain(application);

export const posturePaths =
	({ appraisal }: ApiDependencies): Answer<'posture.paths'> =>
	({ application, path }) =>
		appraisal.paths(application, path);
