import { compareRights, parsePolicy } from '@keyward/core/policy';
import { withRoom } from '../ingest/limits.ts';
import { missingListener } from '../policy/listeners.ts';
import type { Answer, ApiDependencies } from './answer.ts';

/** A policy change is a new policy epoch: everything open is judged against it before the answer goes out. */
export const policyApply = ({ policies, cuts, listening, limits, clock }: ApiDependencies): Answer<'policy.apply'> =>
	withRoom(limits, async ({ text }) => {
		const after = parsePolicy(text);
		const rights = compareRights(policies.policyOf(after.application), after);
		const { recorded, cut } = await cuts.after(
			() => policies.apply(text, clock.now()),
			({ application }) =>
				({ principal }) =>
					principal.application === application,
		);
		const { application, epoch } = recorded;
		const missing = missingListener(policies.mustHave(application), listening());
		return { application, epoch, cut, rights, warnings: missing === null ? [] : [missing] };
	});
