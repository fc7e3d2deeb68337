import { Problem } from '@keyward/core';
import type { Answer, ApiDependencies } from './answer.ts';

export const disclosureAnswered =
	({ updates, clock }: ApiDependencies): Answer<'disclosure.answered'> =>
	async ({ at = clock.now() }) => {
		if (at > clock.now())
			throw new Problem('request-malformed', 'That is in the future: give the time at which the contact answered.');
		await updates.disclosure.noteAnswer(at);
		return { at: updates.disclosure.lastAnswer() ?? at };
	};
