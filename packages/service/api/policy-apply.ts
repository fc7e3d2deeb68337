import { withRoom } from '../ingest/limits.ts';
import { missingListener } from '../policy/listeners.ts';
import type { Answer, ApiDependencies } from './answer.ts';

/** A policy change is a new policy epoch: everything open is judged against it before the answer goes out. */
export const policyApply = ({
	policies,
	sessions,
	deliveries,
	listening,
	limits,
	clock,
}: ApiDependencies): Answer<'policy.apply'> =>
	withRoom(limits, async ({ text }) => {
		const { application, epoch } = await policies.apply(text, clock.now());
		const cut = await sessions.rejudge(({ principal }) => principal.application === application);
		const missing = missingListener(policies.mustHave(application), listening());
		return { application, epoch, cut: cut + deliveries.rejudge(), warnings: missing === null ? [] : [missing] };
	});
