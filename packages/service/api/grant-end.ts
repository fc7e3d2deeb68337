import { Problem } from '@keyward/core';
import type { Answer, ApiDependencies } from './answer.ts';

/** Whoever follows is judged again before the answer goes out. */
export const grantEnd =
	({ grants, deliveries, clock }: ApiDependencies): Answer<'grant.end'> =>
	async ({ id }) => {
		const ended = await grants.end(id, clock.now());
		if (ended === null) {
			throw new Problem('grant-unknown', `no grant ${JSON.stringify(id)} stands here; see keyward grants`);
		}
		return { ended: true, cut: deliveries.rejudge() };
	};
