import type { ApiStep } from '@keyward/core/authorize';
import { urlsFor } from '../policy/listeners.ts';
import type { Answer, ApiDependencies } from './answer.ts';

/** The addresses that devices of this application come to for a link of at least this step. Throws `Problem('link-too-weak')`. */
export const raisedUrls = (
	{ policies, listening }: Pick<ApiDependencies, 'policies' | 'listening'>,
	application: string,
	floor: ApiStep,
) => {
	const policy = policies.mustHave(application);
	const parameters = { ...policy.parameters, 'link-encryption': floor };
	return { floor, ...urlsFor({ ...policy, mode: 'enforce', parameters }, listening()) };
};

export const agilityStart =
	(dependencies: ApiDependencies): Answer<'agility.start'> =>
	async ({ application, over, newAuthority = false, kind = null, link = null, replace = false }) => {
		const { agility, rollover, policies } = dependencies;
		policies.mustHave(application);
		// Before anything is changed: a link that no listener of this site takes would cut everybody off.
		if (link !== null) raisedUrls(dependencies, application, link);
		// Before the CA is rolled, too.
		if (!replace) await agility.mustBeOver(application);
		if (newAuthority) await rollover.renewIssuing(application);
		return agility.start(application, { over, newAuthority, kind, link });
	};

export const agilityPause =
	({ agility }: ApiDependencies): Answer<'agility.pause'> =>
	({ application, reason }) =>
		agility.pause(application, reason);

export const agilityResume =
	({ agility }: ApiDependencies): Answer<'agility.resume'> =>
	({ application }) =>
		agility.resume(application);

export const agilityBack =
	({ agility, authority }: ApiDependencies): Answer<'agility.back'> =>
	async ({ application }) => {
		const under = await agility.exercise(application);
		// First the CA: devices that come back before it signs again would be certified by the one that is left.
		if (under?.newAuthority === true && under.back === null) await authority.reinstate(`issuing.${application}`);
		return agility.back(application);
	};

export const agilityShow =
	({ agility, policies }: ApiDependencies): Answer<'agility.show'> =>
	async ({ application }) => {
		policies.mustHave(application);
		return { exercise: await agility.exercise(application), devices: await agility.devices(application) };
	};
