import { Problem } from '@keyward/core';
import type { Authority } from '../authority/authority.ts';
import { type AuthorityName, issuingName } from '../authority/inventory.ts';
import type { Rollover } from '../authority/rollover.ts';
import type { Policies } from '../policy/policies.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Answers } from './answers.ts';

type Names = 'authority.list' | 'authority.roll' | 'authority.activate' | 'authority.retire';

/** The site's CAs: shown, rolled over, retired. */
export const authorityAnswers = (
	authority: Authority,
	rollover: Rollover,
	policies: Policies,
	sessions: Pick<Sessions, 'rejudge'>,
): Answers<Names> => {
	const nameOf = ({
		what,
		application,
	}: {
		what: 'site-root' | 'service-ca' | 'issuing';
		application?: string;
	}): AuthorityName => {
		if (what !== 'issuing') {
			if (application === undefined) return what;
			throw new Problem('request-malformed', `The ${what} is the whole site's: leave the application out.`);
		}
		if (application === undefined)
			throw new Problem('request-malformed', 'Each application has an issuing CA of its own: name the application.');
		policies.mustHave(application);
		return issuingName(application);
	};
	return {
		'authority.list': async () => {
			const list = await authority.list();
			const uninformed = authority.held('service-ca').length > 1 ? await rollover.uninformed() : [];
			return {
				authorities: list.map(({ name, number, state, since, certificate, key }) => ({
					...splitName(name),
					generation: number,
					state,
					since,
					notAfter: certificate?.notAfter ?? null,
					subject: certificate?.subject.map(([type, value]) => `${type}=${value}`).join(', ') ?? null,
					key,
				})),
				uninformed,
			};
		},
		'authority.roll': async (input) => {
			const { generation } = await authority.roll(nameOf(input), input.lost ?? false);
			return { generation: generation.number, state: generation.state };
		},
		'authority.activate': async ({ evenCuttingOff }) => {
			await rollover.activate(evenCuttingOff ?? false);
			return { generation: authority.held('service-ca').find(isActive)?.generation.number ?? 0 };
		},
		'authority.retire': async (input) => {
			await rollover.retire(nameOf(input), input.generation, input.evenCuttingOff ?? false);
			// CR 1.8: what the retired CA had signed opens nothing from now on, and keeps nothing open.
			await sessions.rejudge(() => true);
			return {};
		},
	};
};

const isActive = ({ generation }: { readonly generation: { readonly state: string } }): boolean =>
	generation.state === 'active';

const splitName = (name: AuthorityName): { what: 'site-root' | 'service-ca' | 'issuing'; application: string | null } =>
	name === 'site-root' || name === 'service-ca'
		? { what: name, application: null }
		: { what: 'issuing', application: name.slice('issuing.'.length) };
