import type { Answer, ApiDependencies } from './answer.ts';

export const agilityStart =
	({ agility, authority, policies }: ApiDependencies): Answer<'agility.start'> =>
	async ({ application, over, newAuthority = false }) => {
		policies.mustHave(application);
		if (newAuthority) await authority.roll(`issuing.${application}`, false);
		return agility.start(application, over);
	};

export const agilityShow =
	({ agility, policies }: ApiDependencies): Answer<'agility.show'> =>
	async ({ application }) => {
		policies.mustHave(application);
		return { exercise: await agility.exercise(application), devices: await agility.devices(application) };
	};
