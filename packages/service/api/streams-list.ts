import { judgeRead } from '@keyward/core/authorize';
import type { Answer, ApiDependencies } from './answer.ts';
import { streamSummary } from './stream-view.ts';

export const streamsList =
	(dependencies: ApiDependencies): Answer<'streams.list'> =>
	async (_input, { principal }) => {
		const { store, policies, grants, clock } = dependencies;
		if (principal === null) return [];
		const policy = policies.policyOf(principal.application);
		const states = new Map(
			(await store.principals(principal.application))
				.filter(({ kind }) => kind === 'device')
				.map(({ id, state }) => [id, state] as const),
		);
		return (await store.streams(principal.application))
			.filter((state) => judgeRead(principal, state, policy, grants.covering(principal, state), clock.now()).allowed)
			.map((state) => streamSummary(state, states.get(state.device) ?? null, policy, dependencies));
	};
