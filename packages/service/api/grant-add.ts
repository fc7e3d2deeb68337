import { randomUUID } from 'node:crypto';
import { Problem } from '@keyward/core';
import { defaultGrantEnd, judgeGrant } from '@keyward/core/authorize';
import type { Grant } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';

export const grantAdd =
	({ grants, policies, deliveries, clock }: ApiDependencies): Answer<'grant.add'> =>
	async ({ application, reader, device, stream, purpose, expires }) => {
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
		deliveries.rejudge();
		return grant;
	};
