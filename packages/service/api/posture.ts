import type { Answer, ApiDependencies } from './answer.ts';

export const posture =
	({ appraise }: ApiDependencies): Answer<'posture'> =>
	({ application, level }) =>
		appraise(application, level);
