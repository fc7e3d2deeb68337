import type { Clock } from '@keyward/core/port';
import type { Followers } from '../delivery/followers.ts';
import { missingListener, type Listening } from '../policy/listeners.ts';
import type { Policies } from '../policy/policies.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Answers } from './answers.ts';

/** A policy change is a new policy epoch: everything open is judged against it before the answer goes out. */
export const policyAnswers = (
	policies: Policies,
	sessions: Sessions,
	followers: Followers,
	listening: () => Listening,
	clock: Clock,
): Answers<'policy.apply' | 'policy.list'> => ({
	'policy.apply': async ({ text }) => {
		const { application, epoch } = await policies.apply(text, clock.now());
		const cut = await sessions.rejudge(({ principal }) => principal.application === application);
		const missing = missingListener(policies.mustHave(application), listening());
		return { application, epoch, cut: cut + followers.rejudge(), warnings: missing === null ? [] : [missing] };
	},
	'policy.list': async () =>
		policies.epochs().map(({ application, epoch, text, at }) => ({ application, epoch, text, at })),
});
