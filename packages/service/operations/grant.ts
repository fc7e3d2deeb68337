import { randomUUID } from 'node:crypto';
import { Problem } from '@keyward/core';
import { defaultGrantEnd, judgeGrant } from '@keyward/core/authorize';
import type { Clock, Grant } from '@keyward/core/port';
import type { Followers } from '../delivery/followers.ts';
import type { Grants } from '../policy/grants.ts';
import type { Policies } from '../policy/policies.ts';
import type { Answers } from './answers.ts';

/** Service-held grants: made, listed, taken back. Whoever follows is judged again before the answer goes out. */
export const grantAnswers = (
	grants: Grants,
	policies: Policies,
	followers: Followers,
	clock: Clock,
): Answers<'grant.add' | 'grant.list' | 'grant.end'> => ({
	'grant.add': async ({ application, reader, device, stream, purpose, expires }) => {
		const policy = policies.mustHave(application);
		const from = clock.now();
		const grant: Grant = {
			id: randomUUID(),
			application,
			reader,
			device,
			stream,
			purpose,
			from,
			expires: expires ?? defaultGrantEnd(policy, from),
			ended: null,
		};
		const refusal = judgeGrant(grant, policy);
		if (refusal !== null) throw new Problem(refusal.code, `${refusal.reason} (${refusal.requirement})`);
		await grants.add(grant);
		followers.rejudge();
		return grant;
	},
	'grant.list': async ({ application }) => [...(application === undefined ? grants.all() : grants.of(application))],
	'grant.end': async ({ id }) => {
		const ended = await grants.end(id, clock.now());
		if (ended === null) {
			throw new Problem('grant-unknown', `no grant ${JSON.stringify(id)} stands here; see keyward grants`);
		}
		return { ended: true, cut: followers.rejudge() };
	},
});
