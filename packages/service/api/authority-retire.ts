import type { Answer, ApiDependencies } from './answer.ts';
import { authorityName } from './authority-name.ts';

export const authorityRetire =
	({ rollover, policies, sessions }: ApiDependencies): Answer<'authority.retire'> =>
	async (input) => {
		await rollover.retire(authorityName(input, policies), input.generation, input.force ?? false);
		// CR 1.8: what the retired CA had signed opens nothing from now on, and keeps nothing open.
		await sessions.rejudge(() => true);
		return {};
	};
