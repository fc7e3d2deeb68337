import { Problem } from '@keyward/core';
import type { Answer, ApiDependencies } from './answer.ts';

/** A reader who follows is judged again, and cut, before the answer goes out. */
export const grantEnd =
	({ grants, cuts, clock }: ApiDependencies): Answer<'grant.end'> =>
	async ({ id }) => {
		const { cut } = await cuts.after(
			async () => {
				const ended = await grants.end(id, clock.now());
				if (ended !== null) return ended;
				throw new Problem('grant-unknown', `no grant ${JSON.stringify(id)} stands here; see keyward grants`);
			},
			// Nobody else reads by it: a site with a thousand followers judges one of them again.
			undefined,
			({ application, reader }) => ({ kind: 'reader', application, id: reader }),
		);
		return { ended: true, cut };
	};
