import type { Answer, ApiDependencies } from './answer.ts';
import { authorityName } from './authority-name.ts';

export const authorityRoll =
	({ authority, policies }: ApiDependencies): Answer<'authority.roll'> =>
	async (input) => {
		const { generation } = await authority.roll(authorityName(input, policies), input.lost ?? false);
		return { generation: generation.number, state: generation.state };
	};
