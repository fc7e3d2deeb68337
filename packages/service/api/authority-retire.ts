import type { Answer, ApiDependencies } from './answer.ts';
import { authorityName } from './authority-name.ts';

export const authorityRetire =
	({ rollover, policies, cuts }: ApiDependencies): Answer<'authority.retire'> =>
	async (input) => {
		// CR 1.8: what the retired CA had signed opens nothing from now on, and keeps nothing open.
		await cuts.after(
			() => rollover.retire(authorityName(input, policies), input.generation, input.force ?? false),
			() => () => true,
		);
		return {};
	};
