import { Problem } from '@keyward/core';
import { readPageEnd, remedyOf, writePageEnd } from '@keyward/core/policy';
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

export const postureComponents =
	({ appraisal }: ApiDependencies): Answer<'posture.components'> =>
	async ({ application, after, limit, all = false }) => {
		const end = after === undefined ? null : readPageEnd(after);
		if (after !== undefined && end === null)
			throw new Problem(
				'request-malformed',
				'`after` is no end of a page: give `next` of the answer before, or leave it out.',
			);
		const { components, next } = await appraisal.page(application, { after: end, limit, all });
		return { components, next: next === null ? null : writePageEnd(next) };
	};
