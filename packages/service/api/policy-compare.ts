import { mostNamed } from '@keyward/contract';
import { judgeRead } from '@keyward/core/authorize';
import { compareRights, parsePolicy, type Policy } from '@keyward/core/policy';
import type { Grant } from '@keyward/core/port';
import { missingListener } from '../policy/listeners.ts';
import type { Answer, ApiDependencies } from './answer.ts';

/** By the same judgement as `policy.apply` (CR 2.1): anyone who applies it has seen whom it shuts out, a control room among them. */
export const policyCompare =
	({ policies, sessions, grants, listening, clock }: ApiDependencies): Answer<'policy.compare'> =>
	async ({ text }) => {
		const policy = parsePolicy(text);
		const { application } = policy;
		const before = policies.policyOf(application);
		const now = clock.now();
		const holds = (by: Policy | null, grant: Grant): boolean => {
			const { reader, device, stream } = grant;
			const principal = { kind: 'reader', application, id: reader } as const;
			return judgeRead(principal, { application, device, stream }, by, [grant], now).allowed;
		};
		const lost = grants.of(application).filter((grant) => holds(before, grant) && !holds(policy, grant));
		const judged = await sessions.wouldCut(policy);
		const cut = judged.filter(({ essential }) => !essential).length;
		const missing = missingListener(policy, listening());
		return {
			application,
			epoch: policies.epochs().find((one) => one.application === application)?.epoch ?? 0,
			live: [...sessions.all()].filter(({ principal }) => principal.application === application).length,
			cut,
			narrowed: judged.length - cut,
			sessions: judged
				.slice(0, mostNamed)
				.map(({ principal: { kind, id }, refusal: { code, requirement, reason }, essential }) => ({
					...{ kind, id, code, requirement, reason, essential },
				})),
			lost: lost.length,
			grants: lost.slice(0, mostNamed).map(({ reader, device, stream }) => ({ reader, device, stream })),
			rights: compareRights(before, policy),
			warnings: missing === null ? [] : [missing],
		};
	};
